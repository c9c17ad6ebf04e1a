import { eq } from "drizzle-orm";
import { write } from "#db/client.ts";
import { portalUserGrants } from "#db/schema/index.ts";
import { createPortalUser, setPortalUserDisabled } from "#lib/portal-users/commands/accounts.ts";
import { findForSignIn } from "#lib/portal-users/queries.ts";
import { actionId } from "#tests/support/actions.ts";
import { aGrant, operator, value } from "#tests/support/builders.ts";
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

/**
 * People with one grant on an organization alone: on LAW, whose pages and forms the matrix tries, so that they are
 * inside; or on MED, which has nothing of LAW's, so that they are outside. The last has no grant.
 */
export const SCOPED = {
  "admin inside": { email: "law.admin@example.edu", role: "admin", organization: "LAW" },
  "viewer inside": { email: "law.viewer@example.edu", role: "viewer", organization: "LAW" },
  "admin outside": { email: "med.admin@example.edu", role: "admin", organization: "MED" },
  "viewer outside": { email: "med.viewer@example.edu", role: "viewer", organization: "MED" },
  "nobody's": { email: "nothing@example.edu", role: null, organization: null },
} as const;
export type ScopedName = keyof typeof SCOPED;

/** The people of {@link SCOPED}; `organizations` are the row ids by code. */
export async function addScopedPeople(organizations: { LAW: number; MED: number }): Promise<void> {
  for (const { email, role, organization } of Object.values(SCOPED)) {
    const user = value(await createPortalUser({ email, role: "viewer", password: PASSWORD }, operator));
    await write((tx) => tx.delete(portalUserGrants).where(eq(portalUserGrants.portalUserId, user.id)).run());
    if (role) await aGrant(user, role, { organizationId: organizations[organization] });
  }
}

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
