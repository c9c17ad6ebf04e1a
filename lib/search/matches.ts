import { and as allOf, desc, eq, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { auditEntries } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { KEY_PREFIX, SHOWN_CHARACTERS } from "#lib/api-keys/rules.ts";
import { emailKey } from "#lib/email.ts";
import { textHasWords } from "#lib/lists/search-filter.ts";
import { organizationIdOf } from "#lib/organization-codes/queries.ts";
import { isFew, isWhole, organizationsIn, reads, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { foldForSearch, searchWords } from "#lib/text.ts";
import { FEW_MEMBERSHIPS, membershipCount, suggestMembers } from "#lib/transactions/queries/suggestions.ts";

// The ids of what a search means, best first, each by one index.

const and = (conditions: readonly ReturnType<typeof sql>[]) => sql.join([sql`1`, ...conditions], sql` AND `);

/** An organization that matches, and whether the search is its whole code. */
export type OrganizationMatch = { id: number; isExact: boolean };

/**
 * The organizations of the scope that have all words in name or code: first the one with this code, present or former,
 * then codes that differ from it by accents alone, which are exact where no organization has this code, then codes and
 * names that begin with the text, then the others by name. Reads the search's index once: it has the
 * folded name and code on two lines, so that nothing has to be looked up to put the matches in order: 10 to 31 ms of processor time for 100,000 organizations.
 */
export function matchOrganizations(scope: Scope, q: string, limit: number): OrganizationMatch[] {
  const words = searchWords(q);
  if (words.length === 0) return [];
  const folded = foldForSearch(q);
  const named = organizationIdOf(database(), q);
  const ofCode = named !== null && reads(scope, named) ? named : null;
  const few = !isWhole(scope) && isFew(scope);
  const rows = few
    ? sql`${organizationsIn(scope)} CROSS JOIN organizations NOT INDEXED ON organizations.id = value`
    : sql`organizations INDEXED BY organizations_search_text`;
  const inScope = few ? [] : scopeConditions(scope, sql`organizations.id`);
  const matches = statement(
    sql`SELECT organizations.id, CASE WHEN substr(search_text, -length(${`\n${folded}`})) = ${`\n${folded}`} THEN 0
        WHEN instr(search_text, ${`\n${folded}`}) > 0 THEN 1
        WHEN substr(search_text, 1, length(${folded})) = ${folded} THEN 2
        WHEN instr(search_text, ${` ${folded}`}) > 0 THEN 3 ELSE 4 END AS rank
      FROM ${rows} WHERE ${and([textHasWords(words), ...inScope])}
      ORDER BY rank, search_text, organizations.id LIMIT ${limit}`,
  ).lists<[bigint, bigint]>();
  const first = ofCode === null ? [] : [{ id: ofCode, isExact: true }];
  const others = matches
    .filter(([id]) => Number(id) !== ofCode)
    .map(([id, rank]) => ({ id: Number(id), isExact: ofCode === null && rank === 0n }));
  return [...first, ...others].slice(0, limit);
}

/** Of a scope with many memberships, this number of people who match in the whole enterprise is read at most. */
const MOST_MATCHES_READ = 20_000;

/** A member who matches, and whether the search is an email of theirs. */
export type MemberMatch = { id: number; isExact: boolean };

/**
 * The members of the scope who match: first the person whose email it is, present or former, then people whose email or
 * name begins with the text, then people who have all words in name and emails. Of a scope with many memberships, these
 * last are searched among the first {@link MOST_MATCHES_READ} in the order of names. Words that nobody has cost most, because they take the whole index: 55 ms of processor time for 950,000 people.
 */
export function matchMembers(scope: Scope, q: string, limit: number): MemberMatch[] {
  const words = searchWords(q);
  if (words.length === 0) return [];
  const inScope = scopeConditions(scope, sql`ms.organization_id`);
  const hasMembership = (id: ReturnType<typeof sql>) =>
    inScope.length === 0
      ? sql`1`
      : sql`EXISTS (SELECT 1 FROM memberships ms INDEXED BY memberships_member
          WHERE ms.member_id = ${id} AND ${and(inScope)})`;
  const key = emailKey(q);
  const exact = statement(
    sql`SELECT id FROM members WHERE email_key = ${key} AND ${hasMembership(sql`members.id`)}
      UNION SELECT member_id FROM member_aliases WHERE email_key = ${key} AND ${hasMembership(sql`member_aliases.member_id`)}`,
  ).numbers();
  const matches = new Map(exact.map((id) => [id, { id, isExact: true }]));
  const add = (id: number) => matches.has(id) || matches.set(id, { id, isExact: false });
  for (const { id } of suggestMembers(scope, q, limit)) add(id);
  if (matches.size < limit) for (const id of membersWithWords(scope, words, limit)) add(id);
  return [...matches.values()].slice(0, limit);
}

/** People who have all words, in the order of the search's index, which is that of names. */
function membersWithWords(scope: Scope, words: readonly string[], limit: number): number[] {
  const hasWords = textHasWords(words);
  if (isWhole(scope)) {
    return statement(
      sql`SELECT id FROM members INDEXED BY members_search_text WHERE ${hasWords} LIMIT ${limit}`,
    ).numbers();
  }
  const inScope = and(scopeConditions(scope, sql`ms.organization_id`));
  if (membershipCount(scope) <= FEW_MEMBERSHIPS) {
    return statement(
      sql`SELECT id FROM members NOT INDEXED WHERE id IN
          (SELECT ms.member_id FROM memberships ms INDEXED BY memberships_organization_name WHERE ${inScope})
        AND ${hasWords} ORDER BY name_key, id LIMIT ${limit}`,
    ).numbers();
  }
  return statement(
    sql`SELECT p.id FROM (SELECT id FROM members INDEXED BY members_search_text WHERE ${hasWords}
        LIMIT ${MOST_MATCHES_READ}) p WHERE EXISTS (SELECT 1 FROM memberships ms INDEXED BY memberships_member
        WHERE ms.member_id = p.id AND ${inScope}) LIMIT ${limit}`,
  ).numbers();
}

/** The transactions of the scope with exactly this external id, newest first: senders may use one id each. */
export function matchExternalId(scope: Scope, externalId: string, limit: number): number[] {
  // The expression of the index, so that no entry outside the scope is looked up.
  const inScope = scopeConditions(scope, sql`coalesce(organization_id, 0)`);
  return statement(
    sql`SELECT id FROM ledger_entries INDEXED BY ledger_entries_external_id
      WHERE ${and([sql`external_id = ${externalId}`, ...inScope])} ORDER BY id DESC LIMIT ${limit}`,
  ).numbers();
}

/** The API keys of the scope that begin with the text, or that the text begins with, newest first. */
export function matchKeys(scope: Scope, text: string, limit: number): number[] {
  const shown = text.slice(0, SHOWN_CHARACTERS);
  if (!shown.startsWith(KEY_PREFIX) || shown.length <= KEY_PREFIX.length) return [];
  const inScope = scopeConditions(scope, sql`organization_id`);
  return statement(
    sql`SELECT id FROM api_keys INDEXED BY api_keys_prefix
      WHERE ${and([sql`prefix >= ${shown}`, sql`prefix < ${`${shown}\u{10FFFF}`}`, ...inScope])}
      ORDER BY id DESC LIMIT ${limit}`,
  ).numbers();
}

/** How many of the latest changes of a user are read. */
const LATEST_CHANGES = 50;

/** The latest changes of a portal user, newest first, in and outside any scope: the caller leaves out what is outside. */
export function latestChangesBy(portalUserId: number) {
  const { action, subjectKind, subjectId, subjectLabel, organizationId } = auditEntries;
  return database()
    .select({ action, subjectKind, subjectId, subjectLabel, organizationId })
    .from(auditEntries)
    .where(allOf(eq(auditEntries.actorKind, "portal_user"), eq(auditEntries.actorId, portalUserId)))
    .orderBy(desc(auditEntries.at), desc(auditEntries.id))
    .limit(LATEST_CHANGES)
    .all();
}
