import { createPortalUser, setPortalUserDisabled } from "#lib/portal-users/commands/accounts.ts";
import { findForSignIn } from "#lib/portal-users/queries.ts";
import { actionId } from "#tests/support/actions.ts";
import { operator, value } from "#tests/support/builders.ts";
import { inDatabase, makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { HttpBrowser } from "#tests/support/http-browser.ts";
import { PASSWORD } from "#tests/support/people.ts";
import { type Serve, startServer, type TestServer } from "#tests/support/server.ts";

export { PASSWORD };

export const EMAILS = {
  owner: "owner@example.edu",
  admin: "admin@example.edu",
  viewer: "viewer@example.edu",
  disabled: "disabled@example.edu",
} as const;

/** A person of each role, and one who is disabled when `disable` is called, to test that their session ends. */
async function addPeople(): Promise<void> {
  for (const [name, email] of Object.entries(EMAILS)) {
    const role = name === "owner" || name === "admin" ? name : "viewer";
    value(await createPortalUser({ email, role, password: PASSWORD }, operator));
  }
}

export type Portal = TestServer & {
  /** Signs in by the form's action, in a new browser. */
  signedIn: (email: string, password?: string) => Promise<HttpBrowser>;
  /** Disables the account of {@link EMAILS} that is for this. */
  disable: () => Promise<void>;
};

/** A running portal with people, and with the data that `fill` puts into its database first. */
export async function startPortal({
  fill,
  environment = {},
  serve,
}: {
  fill?: () => Promise<unknown>;
  environment?: Record<string, string>;
  serve?: Serve;
} = {}): Promise<Portal> {
  const directory = makeTemporaryDirectory();
  await inDatabase(directory, async () => {
    await addPeople();
    await fill?.();
  });
  const server = await startServer({ directory, environment, ...(serve && { serve }) });
  return {
    ...server,
    signedIn: async (email, password = PASSWORD) => {
      const visitor = new HttpBrowser(server.url, environment.APP_URL);
      const answer = await visitor.act("/sign-in", actionId("signInAction"), { email, password });
      if (![...visitor.cookies.keys()].some((name) => name.endsWith("bursar-session"))) {
        throw new Error(`${email} was not let in: ${answer.status} ${answer.text}`);
      }
      return visitor;
    },
    disable: () =>
      inDatabase(directory, async () => {
        const user = findForSignIn(EMAILS.disabled);
        value(await setPortalUserDisabled({ id: user?.id ?? 0, disabled: true }, operator));
      }),
    stop: async () => {
      await server.stop();
      removeDirectory(directory);
    },
  };
}
