import { type SQL, sql } from "drizzle-orm";
import { ENTRY_MODEL } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { emailKey } from "#lib/email.ts";
import { isFew, isWhole, organizationsIn, reads, type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { foldForSearch } from "#lib/text.ts";
import type { MemberChoice } from "./entries.ts";

/** Of a scope with at most this number of memberships, all of its members are read. */
export const FEW_MEMBERSHIPS = 20_000;
/** Of a scope with more, this number of people or entries is read at most, and people in pieces. */
const MOST_READ = 5_000;
const PEOPLE_A_PIECE = 500;

/** The sum of the memberships of a scope's organizations. The scope is not the whole enterprise. */
export function membershipCount(scope: Scope): number {
  const [count = 0] = statement(
    sql`SELECT coalesce(sum(o.members), 0) FROM ${organizationsIn(scope)} s CROSS JOIN organizations o ON o.id = s.value`,
  ).numbers();
  return count;
}

/** Those of some people who have a membership in the scope. */
function peopleInScope(scope: Scope, people: readonly MemberChoice[]): MemberChoice[] {
  const rows = statement(
    sql`SELECT ms.member_id, ms.organization_id FROM json_each(${JSON.stringify(people.map(({ id }) => id))}) s
      CROSS JOIN memberships ms INDEXED BY memberships_member ON ms.member_id = s.value`,
  ).lists<[bigint, bigint]>();
  const inScope = new Set(
    rows.flatMap(([person, organization]) => (reads(scope, Number(organization)) ? Number(person) : [])),
  );
  return people.filter(({ id }) => inScope.has(id));
}

/**
 * People of the scope whose email or name begins with `text`. In a scope with many memberships they are searched among the
 * first {@link MOST_READ} people whose email or name begins so.
 */
export function suggestMembers(scope: Scope, text: string, limit: number): MemberChoice[] {
  const organizations = scope.organizationIds?.size ?? 0;
  // Each organization may have a member, so with so many the count, which takes 20 ms for 100,000, is not needed.
  const isLarge =
    !isWhole(scope) && (organizations > FEW_MEMBERSHIPS || membershipCount(scope) > FEW_MEMBERSHIPS);
  const inScope = scopeConditions(scope, sql`ms.organization_id`)[0] ?? sql`1`;
  const startsWith = (column: string, prefix: string) => {
    const by = sql.raw(column);
    const matches = sql`${by} >= ${prefix} AND ${by} < ${`${prefix}\u{10FFFF}`}`;
    const people = (from: SQL, rows: SQL) =>
      statement<{ id: bigint; email: string; name: string }>(
        sql`SELECT id, email, name FROM ${from} ORDER BY ${by} ${rows}`,
      )
        .all()
        .map((row) => ({ ...row, id: Number(row.id) }));
    const all = sql`members WHERE ${matches}`;
    if (isWhole(scope)) return people(all, sql`LIMIT ${limit}`);
    if (!isLarge) {
      const ofScope = sql`members NOT INDEXED WHERE id IN (SELECT ms.member_id FROM memberships ms
        INDEXED BY memberships_organization_name WHERE ${inScope}) AND ${matches}`;
      return people(ofScope, sql`LIMIT ${limit}`);
    }
    const choices: MemberChoice[] = [];
    for (let start = 0; start < MOST_READ && choices.length < limit; start += PEOPLE_A_PIECE) {
      const some = people(all, sql`LIMIT ${PEOPLE_A_PIECE} OFFSET ${start}`);
      choices.push(...peopleInScope(scope, some));
      if (some.length < PEOPLE_A_PIECE) break;
    }
    return choices.slice(0, limit);
  };
  const choices = [
    ...startsWith("email_key", emailKey(text)),
    ...startsWith("name_key", foldForSearch(text)),
  ];
  return [...new Map(choices.map((one) => [one.id, one])).values()].slice(0, limit);
}

/** Models in the scope whose name begins with `text`, in their order. */
export function suggestModels(scope: Scope, text: string, limit: number): string[] {
  return isWhole(scope) ? modelsFrom(text, limit) : modelsIn(scope, text, limit);
}

function modelsFrom(text: string, limit: number): string[] {
  const models: string[] = [];
  let from = sql`>= ${text}`;
  while (models.length < limit) {
    // One look-up for each model, because a model may have millions of entries.
    const row = statement<{ model: string }>(
      sql`SELECT ${ENTRY_MODEL} AS model FROM ledger_entries INDEXED BY ledger_entries_model
        WHERE ${ENTRY_MODEL} ${from} AND ${ENTRY_MODEL} < ${`${text}\u{10FFFF}`} ORDER BY ${ENTRY_MODEL} LIMIT 1`,
    ).get();
    if (!row) break;
    models.push(row.model);
    from = sql`> ${row.model}`;
  }
  return models;
}

/** The models of the newest entries in a scope: of each organization, or of all where it has many. */
function modelsIn(scope: Scope, text: string, limit: number): string[] {
  const few = isFew(scope);
  const [inScope = sql`0`] = scopeConditions(scope, sql`organization_id`);
  const each = Math.ceil(MOST_READ / Math.max(1, scope.organizationIds?.size ?? 1));
  const entries = few
    ? sql`${organizationsIn(scope)} s CROSS JOIN ledger_entries e ON e.id IN
        (SELECT id FROM ledger_entries INDEXED BY ledger_entries_organization
          WHERE organization_id = s.value ORDER BY occurred_at DESC LIMIT ${each})`
    : sql`(SELECT * FROM ledger_entries INDEXED BY ledger_entries_occurred
        ORDER BY occurred_at DESC LIMIT ${MOST_READ}) e`;
  const model = sql`(e.metadata ->> '$.model')`;
  return statement<{ model: string }>(
    sql`SELECT DISTINCT ${model} AS model FROM ${entries}
      WHERE ${few ? sql`1` : inScope} AND ${model} >= ${text} AND ${model} < ${`${text}\u{10FFFF}`}
      ORDER BY 1 LIMIT ${limit}`,
  )
    .all()
    .map(({ model }) => model);
}
