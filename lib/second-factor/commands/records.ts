import { eq } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { authenticatorApps, passkeys, recoveryCodes } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import type { AuditAction, AuditValues } from "#lib/audit/rules.ts";
import { subjectOf } from "#lib/portal-users/commands/records.ts";
import { hasSecondFactor } from "#lib/portal-users/required-factor.ts";
import { tidyOneTimeCode } from "#lib/portal-users/rules.ts";
import { auditedFactors } from "../queries.ts";
import { RECOVERY_CODES } from "../rules.ts";
import { newRecoveryCode, recoveryCodeHash } from "../secrets.ts";

/** The audit entry of a change to an account's second factors, with what the account has after it. */
export function auditFactors(
  tx: Transaction,
  actor: Actor,
  action: AuditAction,
  user: { id: number; email: string },
  values: AuditValues = {},
  at = new Date(),
  before: AuditValues = {},
): void {
  const after = { ...values, ...auditedFactors(user.id, tx) };
  recordAudit(tx, actor, [{ action, subject: subjectOf(user), before, after }], at);
}

/** Replaces an account's recovery codes. @returns the new ones, which are stored nowhere. */
export function replaceRecoveryCodes(tx: Transaction, portalUserId: number): string[] {
  tx.delete(recoveryCodes).where(eq(recoveryCodes.portalUserId, portalUserId)).run();
  const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
  tx.insert(recoveryCodes)
    .values(
      codes.map((code) => ({
        portalUserId,
        codeHash: recoveryCodeHash(portalUserId, tidyOneTimeCode(code)),
      })),
    )
    .run();
  return codes;
}

/** Without a second factor, recovery codes open nothing, so they are removed with the last one. */
export function tidyRecoveryCodes(tx: Transaction, portalUserId: number): void {
  if (hasSecondFactor(portalUserId, tx)) return;
  tx.delete(recoveryCodes).where(eq(recoveryCodes.portalUserId, portalUserId)).run();
}

/** Removes every second factor and every recovery code of an account. */
export function removeAllFactors(tx: Transaction, portalUserId: number): void {
  tx.delete(passkeys).where(eq(passkeys.portalUserId, portalUserId)).run();
  tx.delete(authenticatorApps).where(eq(authenticatorApps.portalUserId, portalUserId)).run();
  tx.delete(recoveryCodes).where(eq(recoveryCodes.portalUserId, portalUserId)).run();
}
