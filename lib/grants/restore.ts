import type Sqlite from "better-sqlite3";
import { eq } from "drizzle-orm";
import type { Transaction } from "#db/client.ts";
import { organizations, portalUserGrants, portalUsers } from "#db/schema/index.ts";
import { type Actor, ROLES, type Role } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { deleteGrant } from "./commands.ts";
import { grantText } from "./rules.ts";

// A restore brings back the grants of the backup. Without what follows, it would also bring back rights that were taken
// since, and a user's higher role from before.

/** The highest role of each account on each place, by the folded email; ids may belong to others after a restore. */
export type PresentGrants = Map<string, Map<string, Role>>;

type Row = { emailKey: string; role: Role | null; codeKey: string | null; tag: string | null };

const place = (codeKey: string | null, tag: string | null) => JSON.stringify([codeKey, tag]);
const rank = (role: Role | undefined) => (role === undefined ? -1 : ROLES.indexOf(role));

/** The grants in a database. @throws SqliteError in a damaged one, and in an old one without the table. */
export function grantsIn(sqlite: Sqlite.Database): PresentGrants {
  const present: PresentGrants = new Map();
  const rows = sqlite
    .prepare(
      `SELECT u.email_key AS emailKey, g.role, o.code_key AS codeKey, g.tag FROM portal_users u
       LEFT JOIN portal_user_grants g ON g.portal_user_id = u.id
       LEFT JOIN organizations o ON o.id = g.organization_id`,
    )
    .all() as Row[];
  for (const { emailKey, role, codeKey, tag } of rows) {
    const roles = present.get(emailKey) ?? new Map<string, Role>();
    present.set(emailKey, roles);
    const key = place(codeKey, tag);
    if (role !== null && rank(role) > rank(roles.get(key))) roles.set(key, role);
  }
  return present;
}

/**
 * Finds the grants of a restored backup that give more than the account has in `present`. Unless `asItWas`, removes them
 * or lowers them to the present role, with audit entries. An account that `present` does not have is left alone.
 *
 * @returns a line for each, such as "Admin of LAW of dean@example.edu"
 */
export function withdrawGrantsAgain(
  tx: Transaction,
  actor: Actor,
  { present, asItWas }: { present: PresentGrants; asItWas: boolean },
): string[] {
  const rows = tx
    .select({
      grant: portalUserGrants,
      email: portalUsers.email,
      emailKey: portalUsers.emailKey,
      code: organizations.code,
      codeKey: organizations.codeKey,
    })
    .from(portalUserGrants)
    .innerJoin(portalUsers, eq(portalUsers.id, portalUserGrants.portalUserId))
    .leftJoin(organizations, eq(organizations.id, portalUserGrants.organizationId))
    .all();
  const lines: string[] = [];
  for (const { grant, email, emailKey, code, codeKey } of rows) {
    const roles = present.get(emailKey);
    const role = roles?.get(place(codeKey, grant.tag));
    if (!roles || rank(grant.role) <= rank(role)) continue;
    lines.push(`${grantText({ role: grant.role, code, tag: grant.tag })} of ${email}`);
    if (!asItWas) lowerGrant(tx, { id: grant.portalUserId, email }, grant, role, actor);
  }
  return lines;
}

function lowerGrant(
  tx: Transaction,
  user: { id: number; email: string },
  grant: typeof portalUserGrants.$inferSelect,
  role: Role | undefined,
  actor: Actor,
): void {
  const isOnEnterprise = grant.organizationId === null && grant.tag === null;
  if (!isOnEnterprise && role === undefined) {
    deleteGrant(tx, user, grant, actor);
    return;
  }
  if (role === undefined) tx.delete(portalUserGrants).where(eq(portalUserGrants.id, grant.id)).run();
  else tx.update(portalUserGrants).set({ role }).where(eq(portalUserGrants.id, grant.id)).run();
  recordAudit(tx, actor, [
    isOnEnterprise
      ? {
          action: "portal_user.role_changed",
          subject: { kind: "portal_user", id: user.id, label: user.email },
          before: { role: grant.role },
          after: { role: role ?? null },
        }
      : {
          action: "grant.updated",
          subject: { kind: "grant", id: grant.id, label: user.email },
          before: { role: grant.role },
          after: { role: role ?? null },
        },
  ]);
}
