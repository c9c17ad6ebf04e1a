import { and, eq, isNull } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { authenticatorApps, passkeys, portalUsers, recoveryCodes } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { tooManyTries } from "#lib/portal-users/rules.ts";
import { auditDelay, beginSecondFactorTry, settleTry } from "#lib/portal-users/throttle.ts";
import { done, type Refused, type Result, refused } from "#lib/result.ts";
import { enterpriseRoleOf } from "#lib/scope/scope.ts";
import { consumeChallenge } from "../challenges.ts";
import { checkAnswer, credentialIdOf, type PasskeyProof, type Site } from "../passkeys.ts";
import { authenticatorAppOf, passkeyByCredential, recoveryCodesLeft } from "../queries.ts";
import { type FactorKind, readCode, type TypedCode } from "../rules.ts";
import { openTotpSecret, recoveryCodeHash } from "../secrets.ts";
import { acceptedStep } from "../totp.ts";
import { auditFactors } from "./records.ts";

/** What a person gives as their second factor: what they typed, or what the browser answered about a passkey. */
export type FactorAnswer = { code: string } | { passkey: string; site: Site; boundTo: string };

/** A second factor that was right. */
export type Passed = {
  factor: FactorKind;
  /** How many recovery codes are left, if one was used. */
  codesLeft: number | null;
};

type Person = Actor & { kind: "portal_user" };

const wrongCode = () =>
  refused("code_wrong", "This code is wrong, was used already or has expired. Enter the next one.", "code");

const wrongPasskey = () =>
  refused("passkey_wrong", "This passkey could not be checked. Try again, or use another way.", "passkey");

function checkAppCode(tx: Transaction, person: Person, code: string, now: Date): Passed | Refused {
  const app = authenticatorAppOf(person.id, tx);
  if (!app?.confirmedAt) return wrongCode();
  const secret = openTotpSecret(app.secret, { portalUserId: person.id, sessionId: null });
  if (secret === null) {
    return refused(
      "authenticator_unreadable",
      "The portal can no longer check codes of your authenticator app, because its secret has changed. Use a recovery code, or ask an owner to reset your second factor.",
      "code",
    );
  }
  const step = acceptedStep(secret, code, { lastStep: app.lastStep, now });
  if (step === null) return wrongCode();
  tx.update(authenticatorApps)
    .set({ lastStep: step, lastUsedAt: now })
    .where(eq(authenticatorApps.portalUserId, person.id))
    .run();
  return { factor: "authenticator", codesLeft: null };
}

function consumeRecoveryCode(tx: Transaction, person: Person, code: string, now: Date): Passed | Refused {
  const { changes } = tx
    .update(recoveryCodes)
    .set({ usedAt: now })
    .where(
      and(
        eq(recoveryCodes.portalUserId, person.id),
        eq(recoveryCodes.codeHash, recoveryCodeHash(person.id, code)),
        isNull(recoveryCodes.usedAt),
      ),
    )
    .run();
  if (Number(changes) === 0) return wrongCode();
  auditFactors(tx, person, "portal_user.recovery_code_used", person, {}, now);
  return { factor: "recovery", codesLeft: recoveryCodesLeft(person.id, tx) };
}

function checkCode(tx: Transaction, person: Person, { kind, code }: TypedCode, now: Date): Passed | Refused {
  return kind === "authenticator"
    ? checkAppCode(tx, person, code, now)
    : consumeRecoveryCode(tx, person, code, now);
}

/**
 * Accepts a proof of a passkey of this account: the challenge is new, and the authenticator's count of signatures has
 * grown, unless it does not count (Web Authentication, section 6.1.1).
 */
function acceptProof(
  tx: Transaction,
  userId: number,
  { passkeyId, signatures, challenge }: PasskeyProof,
  now: Date,
): { ok: true } | { ok: false; countWentBack: boolean } {
  const passkey = tx.select().from(passkeys).where(eq(passkeys.id, passkeyId)).get();
  if (passkey?.portalUserId !== userId) return { ok: false, countWentBack: false };
  if (!consumeChallenge(tx, challenge, now)) return { ok: false, countWentBack: false };
  const counts = signatures > 0 || passkey.signatures > 0;
  if (counts && signatures <= passkey.signatures) return { ok: false, countWentBack: true };
  tx.update(passkeys).set({ signatures, lastUsedAt: now }).where(eq(passkeys.id, passkeyId)).run();
  return { ok: true };
}

/** A passkey whose count went back may have a copy. The entry tells its owner and the enterprise's owners. */
async function auditRefusedPasskey(passkeyId: number, address: string | null): Promise<void> {
  await write((tx) => {
    const passkey = tx
      .select({ id: portalUsers.id, email: portalUsers.email, name: passkeys.name })
      .from(passkeys)
      .innerJoin(portalUsers, eq(portalUsers.id, passkeys.portalUserId))
      .where(eq(passkeys.id, passkeyId))
      .get();
    if (!passkey) return;
    const { name, ...user } = passkey;
    const role = enterpriseRoleOf(user.id, tx);
    auditFactors(tx, { kind: "portal_user", ...user, role, address }, "portal_user.passkey_refused", user, {
      passkey: name,
    });
  });
}

/** What runs in the transaction that accepts a second factor; a refusal of it undoes the acceptance. */
type Then<T> = (tx: Transaction, passed: Passed) => T | Refused;

const isRefusal = (answer: unknown): answer is Refused =>
  typeof answer === "object" && answer !== null && "ok" in answer && answer.ok === false;

async function passByCode<T>(person: Person, typed: TypedCode, then: Then<T>, now: Date): Promise<Result<T>> {
  const attempt = await write((tx) => beginSecondFactorTry(tx, person, person.address, now));
  if (!attempt.mayPass) return refused("too_many_tries", tooManyTries(attempt.waitMs), "code");
  const result = await write((tx): Result<T> => {
    const passed = checkCode(tx, person, typed, now);
    if (isRefusal(passed)) {
      return passed.code === "code_wrong" && attempt.waitMs > 0
        ? refused("too_many_tries", tooManyTries(attempt.waitMs), "code")
        : passed;
    }
    const answer = then(tx, passed);
    if (isRefusal(answer)) return answer;
    settleTry(tx, attempt, "succeeded");
    return done(answer);
  });
  if (!result.ok && attempt.filled) {
    await write((tx) => auditDelay(tx, attempt, "portal_user.second_factor_delayed", person, person.address));
  }
  return result;
}

/**
 * Checks one account's second factor and, in the same transaction, runs what follows on it. Tries at codes are counted
 * and delayed as tries at passwords are.
 */
export async function passSecondFactor<T>(
  person: Person,
  answer: FactorAnswer,
  then: Then<T>,
  now = new Date(),
): Promise<Result<T>> {
  if ("code" in answer) return passByCode(person, readCode(answer.code), then, now);
  const credentialId = credentialIdOf(answer.passkey);
  const passkey = credentialId === null ? null : passkeyByCredential(credentialId);
  if (passkey?.portalUserId !== person.id) return wrongPasskey();
  const proof = await checkAnswer(answer.passkey, passkey, { ...answer, mustVerifyPerson: false });
  if (!proof) return wrongPasskey();
  return passByProof(person.id, proof, person.address, then, now);
}

/** Accepts a proof of a passkey and, in the same transaction, runs what follows on it. */
export async function passByProof<T>(
  userId: number,
  proof: PasskeyProof,
  address: string | null,
  then: Then<T>,
  now: Date,
): Promise<Result<T>> {
  let countWentBack = false;
  const result = await write((tx): Result<T> => {
    const accepted = acceptProof(tx, userId, proof, now);
    if (!accepted.ok) {
      countWentBack = accepted.countWentBack;
      return wrongPasskey();
    }
    const answer = then(tx, { factor: "passkey", codesLeft: null });
    return isRefusal(answer) ? answer : done(answer);
  });
  if (countWentBack) await auditRefusedPasskey(proof.passkeyId, address);
  return result;
}
