import { createHmac } from "node:crypto";
import type { Actor } from "#lib/actor.ts";
import { endSession, startSession } from "#lib/portal-users/commands/sessions.ts";
import {
  beginAuthenticatorApp,
  confirmAuthenticatorApp,
  unconfirmedSecret,
} from "#lib/second-factor/commands/manage.ts";
import { value } from "./builders.ts";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The code that an authenticator app shows at `now`, by RFC 4226 and RFC 6238 and without the product's library. */
export function authenticatorCode(secret: string, now: Date, digits = 6): string {
  const bits = [...secret]
    .map((character) => BASE32.indexOf(character).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now.getTime() / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits).padStart(digits, "0");
}

/** Runs `work` in a session of this person, which ends afterwards. */
export async function inSession<T>(
  self: Actor & { kind: "portal_user" },
  work: (sessionId: string) => Promise<T>,
): Promise<T> {
  const sessionId = (await startSession(self.id, null)) ?? "";
  const answer = await work(sessionId);
  await endSession(sessionId, null);
  return answer;
}

/**
 * Sets up an authenticator app as a person does, with a code of the step before `now`, so that the code of `now` is
 * still unused. @returns its secret and the recovery codes that were made with it.
 */
export async function anAuthenticatorApp(
  self: Actor & { kind: "portal_user" },
  now = new Date(),
): Promise<{ secret: string; recoveryCodes: string[] }> {
  return inSession(self, async (sessionId) => {
    value(await beginAuthenticatorApp(self, sessionId, now));
    const secret = unconfirmedSecret(self.id, sessionId, now) ?? "";
    const code = authenticatorCode(secret, new Date(now.getTime() - 30_000));
    const { recoveryCodes } = value(await confirmAuthenticatorApp({ code }, self, sessionId, now));
    return { secret, recoveryCodes: recoveryCodes ?? [] };
  });
}
