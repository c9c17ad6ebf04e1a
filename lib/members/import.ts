import { and, eq, sql } from "drizzle-orm";
import type { Reader } from "#db/client.ts";
import { members, memberships, organizations } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { emailKey } from "#lib/email.ts";
import { type Importer, type ImportOptions, type ImportOutcome, importFile } from "#lib/imports/file.ts";
import { insertMemberships } from "./commands.ts";
import { checkMembers, type ImportContext, type ImportRow } from "./import-rules.ts";

/** Looks one up at a time, for the portal may hold a million people and the file ten. */
function contextOf(reader: Reader): ImportContext {
  const organization = reader
    .select({ id: organizations.id, code: organizations.code })
    .from(organizations)
    .where(eq(organizations.codeKey, sql.placeholder("key")))
    .prepare();
  const member = reader
    .select({ id: members.id, name: members.name, email: members.email })
    .from(members)
    .where(eq(members.emailKey, sql.placeholder("key")))
    .prepare();
  const membership = reader
    .select({ id: memberships.id })
    .from(memberships)
    .where(
      and(
        eq(memberships.organizationId, sql.placeholder("organizationId")),
        eq(memberships.memberId, sql.placeholder("memberId")),
      ),
    )
    .prepare();
  return {
    organizationByCode: (key) => organization.get({ key }),
    memberByEmail: (key) => member.get({ key }),
    isMember: (organizationId, memberId) => membership.get({ organizationId, memberId }) !== undefined,
  };
}

export const membersImporter: Importer<ImportRow> = {
  check: (records, reader, onProgress) => checkMembers(records, contextOf(reader), onProgress),
  // Organizations are never deleted, so that only a membership may have come between.
  changedSince(tx, rows) {
    const context = contextOf(tx);
    return rows.flatMap(({ line, organizationId, email }) => {
      const known = context.memberByEmail(emailKey(email));
      return known && context.isMember(organizationId, known.id)
        ? [{ line, message: `email: ${email} is a member already.` }]
        : [];
    });
  },
  insert(tx, rows, actor, at) {
    insertMemberships(tx, rows, actor, at);
  },
};

/** Imports a file of members whole or not at all. */
export function importMembersFile(
  bytes: Uint8Array,
  actor: Actor,
  options?: ImportOptions,
): Promise<ImportOutcome> {
  return importFile(membersImporter, bytes, actor, options);
}
