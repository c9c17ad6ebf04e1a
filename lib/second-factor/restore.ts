import type Sqlite from "better-sqlite3";
import { and, eq, isNull } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { authenticatorApps, passkeys, portalUsers, recoveryCodes, usedChallenges } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { auditFactors, tidyRecoveryCodes } from "./commands/records.ts";
import { passkeysOf } from "./queries.ts";

// A restore brings back the second factors of the backup. Without what follows, it would also bring back factors that
// were removed since, recovery codes that were used since, and codes of the authenticator app that were used since.

/** What the database before a restore has, by the folded email of each account. */
export type PresentFactors = {
  accounts: Map<string, AccountFactors>;
  challenges: { hash: string; expiresAt: number }[];
};

type AccountFactors = {
  /** The counts of signatures of its passkeys, by credential id. */
  signatures: Map<string, number>;
  app: { secret: string; lastStep: number | null } | null;
  unusedCodes: Set<string>;
};

type AppRow = { emailKey: string; secret: string; lastStep: number | null };
type PasskeyRow = { emailKey: string; credentialId: string; signatures: number };

/** The second factors in a database. @throws SqliteError in a damaged one, and in an old one without the tables. */
export function factorsIn(sqlite: Sqlite.Database): PresentFactors {
  const accounts: PresentFactors["accounts"] = new Map();
  const rows = <Row>(sql: string) => sqlite.prepare(sql).all() as Row[];
  const ofUser = "JOIN portal_users u ON u.id = f.portal_user_id";
  for (const { emailKey } of rows<{ emailKey: string }>("SELECT email_key AS emailKey FROM portal_users")) {
    accounts.set(emailKey, { signatures: new Map(), app: null, unusedCodes: new Set() });
  }
  for (const { emailKey, credentialId, signatures } of rows<PasskeyRow>(
    `SELECT u.email_key AS emailKey, credential_id AS credentialId, signatures FROM passkeys f ${ofUser}`,
  )) {
    accounts.get(emailKey)?.signatures.set(credentialId, signatures);
  }
  for (const { emailKey, secret, lastStep } of rows<AppRow>(
    `SELECT u.email_key AS emailKey, secret, last_step AS lastStep FROM authenticator_apps f ${ofUser}
     WHERE confirmed_at IS NOT NULL`,
  )) {
    const account = accounts.get(emailKey);
    if (account) account.app = { secret, lastStep };
  }
  for (const { emailKey, codeHash } of rows<{ emailKey: string; codeHash: string }>(
    `SELECT u.email_key AS emailKey, code_hash AS codeHash FROM recovery_codes f ${ofUser} WHERE used_at IS NULL`,
  )) {
    accounts.get(emailKey)?.unusedCodes.add(codeHash);
  }
  const challenges = rows<{ hash: string; expiresAt: number }>(
    "SELECT challenge_hash AS hash, expires_at AS expiresAt FROM used_challenges",
  );
  return { accounts, challenges };
}

/**
 * Finds the accounts of a restored backup that have factors which were removed, or recovery codes which were used, since
 * the backup. Unless `asItWas`, removes and uses them again, with an audit entry for each account. Counts of signatures,
 * the last steps of authenticator apps and used challenges never go back.
 *
 * @returns the emails of these accounts.
 */
export function withdrawFactorsAgain(
  tx: Transaction,
  actor: Actor,
  { present, asItWas, now }: { present: PresentFactors; asItWas: boolean; now: Date },
): string[] {
  for (const { hash, expiresAt } of present.challenges) {
    tx.insert(usedChallenges)
      .values({ challengeHash: hash, expiresAt: new Date(expiresAt) })
      .onConflictDoNothing()
      .run();
  }
  const emails: string[] = [];
  const users = tx
    .select({ id: portalUsers.id, email: portalUsers.email, emailKey: portalUsers.emailKey })
    .from(portalUsers)
    .all();
  for (const { emailKey, ...user } of users) {
    const account = present.accounts.get(emailKey);
    if (!account) continue;
    keepCounts(tx, user.id, account);
    const isWithdrawn = withdrawOf(tx, user.id, account, asItWas ? null : now);
    if (!isWithdrawn) continue;
    emails.push(user.email);
    if (asItWas) continue;
    tidyRecoveryCodes(tx, user.id);
    auditFactors(tx, actor, "portal_user.second_factor_withdrawn", user, {}, now);
  }
  return emails;
}

/** Counts that a restore must not set back, because an old code or signature would then be accepted again. */
function keepCounts(tx: Transaction, userId: number, { signatures, app }: AccountFactors): void {
  for (const passkey of passkeysOf(userId, tx)) {
    const count = Math.max(passkey.signatures, signatures.get(passkey.credentialId) ?? 0);
    tx.update(passkeys).set({ signatures: count }).where(eq(passkeys.id, passkey.id)).run();
  }
  const restored = tx
    .select()
    .from(authenticatorApps)
    .where(eq(authenticatorApps.portalUserId, userId))
    .get();
  if (!restored || restored.secret !== app?.secret) return;
  const lastStep = Math.max(restored.lastStep ?? 0, app.lastStep ?? 0);
  tx.update(authenticatorApps).set({ lastStep }).where(eq(authenticatorApps.portalUserId, userId)).run();
}

/** Removes what an account no longer has; with `now` null it only looks. @returns whether there was anything. */
function withdrawOf(
  tx: Transaction,
  userId: number,
  { signatures, app, unusedCodes }: AccountFactors,
  now: Date | null,
): boolean {
  const removed = passkeysOf(userId, tx).filter(({ credentialId }) => !signatures.has(credentialId));
  const restored = tx
    .select()
    .from(authenticatorApps)
    .where(eq(authenticatorApps.portalUserId, userId))
    .get();
  const hasRemovedApp = restored !== undefined && restored.secret !== app?.secret;
  const used = tx
    .select({ codeHash: recoveryCodes.codeHash })
    .from(recoveryCodes)
    .where(and(eq(recoveryCodes.portalUserId, userId), isNull(recoveryCodes.usedAt)))
    .all()
    .filter(({ codeHash }) => !unusedCodes.has(codeHash));
  if (now) {
    for (const { id } of removed) tx.delete(passkeys).where(eq(passkeys.id, id)).run();
    if (hasRemovedApp) {
      tx.delete(authenticatorApps).where(eq(authenticatorApps.portalUserId, userId)).run();
    }
    for (const { codeHash } of used) {
      tx.update(recoveryCodes)
        .set({ usedAt: now })
        .where(and(eq(recoveryCodes.portalUserId, userId), eq(recoveryCodes.codeHash, codeHash)))
        .run();
    }
  }
  return removed.length > 0 || (hasRemovedApp && restored.confirmedAt !== null) || used.length > 0;
}
