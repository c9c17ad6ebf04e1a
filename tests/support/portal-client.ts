import { encode } from "next-auth/jwt";
import { startSession } from "#lib/portal-users/commands/sessions.ts";
import { createFirstOwner } from "#lib/portal-users/commands/setup.ts";
import { hasOwner } from "#lib/portal-users/queries.ts";
import { authSecret } from "#lib/portal-users/secrets.ts";

/** The account of the tests' owner. */
export const OWNER = { email: "owner@example.edu", password: "correct horse battery staple" };

/** The Cookie header of a session of the first portal user, without the sign-in page. For a server on this DATA_DIR. */
export async function ownerCookie(): Promise<string> {
  if (!hasOwner()) await createFirstOwner(OWNER.email, OWNER.password);
  const sessionId = await startSession(1, "127.0.0.1");
  if (!sessionId) throw new Error("no session");
  const name = "bursar-session";
  const token = await encode({ token: { sub: sessionId }, secret: authSecret(), salt: name, maxAge: 3600 });
  return `${name}=${token}`;
}

export const unescaped = (text: string) =>
  text
    .replaceAll("&quot;", '"')
    .replaceAll("&#x27;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");

/** Fills a page's form as a browser without JavaScript does. `having` names a field that only this form has. */
export function filledForm(html: string, having: string, typed: Record<string, string>): FormData {
  const form = html.match(/<form[\s\S]*?<\/form>/g)?.find((one) => one.includes(`name="${having}"`));
  if (!form) throw new Error(`no form with the field ${having}`);
  const data = new FormData();
  for (const [input] of form.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1];
    if (name) data.append(unescaped(name), unescaped(/value="([^"]*)"/.exec(input)?.[1] ?? ""));
  }
  for (const [name, value] of Object.entries(typed)) data.set(name, value);
  return data;
}
