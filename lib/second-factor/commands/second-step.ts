import { eq } from "drizzle-orm";
import { database, type Reader } from "#db/client.ts";
import { pendingSignIns, portalUsers } from "#db/schema/index.ts";
import { insertSession } from "#lib/portal-users/commands/sessions.ts";
import { pendingSignIn } from "#lib/portal-users/pending-sign-ins.ts";
import { tokenHash } from "#lib/portal-users/secrets.ts";
import { type Result, refused } from "#lib/result.ts";
import { enterpriseRoleOf } from "#lib/scope/scope.ts";
import { passwordsAllowed } from "#lib/sign-in-settings.ts";
import { checkAnswer, credentialIdOf, type Site } from "../passkeys.ts";
import { passkeyByCredential } from "../queries.ts";
import { FACTOR_NAMES } from "../rules.ts";
import { type FactorAnswer, passByProof, passSecondFactor } from "./check.ts";

export type SecondStepDone = {
  sessionId: string;
  /** How many recovery codes are left, if one was used. */
  codesLeft: number | null;
};

const expired = () =>
  refused<never>("sign_in_expired", "This sign-in has expired or was used already. Sign in again.");

function personOf(userId: number, address: string | null, reader: Reader = database()) {
  const user = reader
    .select({
      id: portalUsers.id,
      email: portalUsers.email,
      passwordHash: portalUsers.passwordHash,
      disabledAt: portalUsers.disabledAt,
    })
    .from(portalUsers)
    .where(eq(portalUsers.id, userId))
    .get();
  return user
    ? { kind: "portal_user" as const, ...user, role: enterpriseRoleOf(userId, reader), address }
    : null;
}

/**
 * Ends the second step of a sign-in: checks the second factor, uses the pending sign-in up and starts a new session, all
 * in one transaction. @returns the session, or `sign_in_expired`, `code_wrong`, `passkey_wrong`, `too_many_tries` or
 * `authenticator_unreadable`.
 */
export async function finishSecondStep(
  pendingToken: string,
  answer: FactorAnswer,
  address: string | null,
  now = new Date(),
): Promise<Result<SecondStepDone>> {
  const hash = tokenHash(pendingToken);
  const pending = passwordsAllowed() ? pendingSignIn(hash, now) : null;
  const person = pending && personOf(pending.userId, address);
  if (!person) return expired();
  return passSecondFactor(
    person,
    answer,
    (tx, passed) => {
      // Between the two, another request may have used it, and an owner may have disabled the account.
      if (!pendingSignIn(hash, now, tx)) return expired();
      tx.delete(pendingSignIns).where(eq(pendingSignIns.tokenHash, hash)).run();
      const sessionId = insertSession(tx, person.id, address, {
        secondFactor: FACTOR_NAMES[passed.factor],
        now,
      });
      return sessionId === null ? expired() : { sessionId, codesLeft: passed.codesLeft };
    },
    now,
  );
}

/**
 * Signs in by a passkey alone. The passkey must have verified the person, so that it is both what they have and what
 * they know or are. An account without a password, such as one whose password an owner has reset, or one that signs in
 * by single sign-on alone, is refused.
 */
export async function signInWithPasskey(
  answer: string,
  { site, boundTo }: { site: Site; boundTo: string },
  address: string | null,
  now = new Date(),
): Promise<Result<{ sessionId: string }>> {
  const wrong = () =>
    refused<never>(
      "passkey_wrong",
      "This passkey was not accepted. Sign in with your password, or try another passkey.",
    );
  if (!passwordsAllowed()) return wrong();
  const credentialId = credentialIdOf(answer);
  const passkey = credentialId === null ? null : passkeyByCredential(credentialId);
  const proof = passkey && (await checkAnswer(answer, passkey, { site, boundTo, mustVerifyPerson: true }));
  if (!passkey || !proof) return wrong();
  return passByProof(
    passkey.portalUserId,
    proof,
    address,
    (tx) => {
      const person = personOf(passkey.portalUserId, address, tx);
      if (!person || person.disabledAt || person.passwordHash === null) return wrong();
      const sessionId = insertSession(tx, person.id, address, { secondFactor: FACTOR_NAMES.passkey, now });
      return sessionId === null ? wrong() : { sessionId };
    },
    now,
  );
}
