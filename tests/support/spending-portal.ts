import { createApiKey } from "#lib/api-keys/commands.ts";
import { aCreditType, anOrganization, credits, operator, value } from "./builders.ts";
import { inDatabase, makeTemporaryDirectory } from "./database.ts";

/** An event as the usage API takes it. */
export type SentEvent = {
  id: string;
  organization: string;
  member: string;
  application: string;
  credits: string;
};

export type Answer = { status: number; body: Record<string, unknown> };

/**
 * Posts JSON to the usage API of the server at `url`.
 *
 * @throws when the connection ends before the whole answer has come.
 */
export async function post(url: string, key: string, path: string, body: unknown): Promise<Answer> {
  const response = await fetch(`${url}/api/v1/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export const MEMBERS = ["ana@example.edu", "bo@example.edu", "cy@example.edu"] as const;

/** A data folder with organizations, each with that many whole credits, and an application's key for all of them. */
export async function makeSpendingPortal(
  organizations: Record<string, number>,
): Promise<{ directory: string; key: string }> {
  const directory = makeTemporaryDirectory();
  return inDatabase(directory, async () => {
    const sum = Object.values(organizations).reduce((all, one) => all + one, 0);
    const creditType = await aCreditType({ available: credits(sum) });
    for (const [code, whole] of Object.entries(organizations)) {
      await anOrganization({ code, creditType, members: MEMBERS, balance: credits(whole) });
    }
    const { key } = value(
      await createApiKey({ organization: null, name: "gateway", expires: null }, operator),
    );
    return { directory, key };
  });
}
