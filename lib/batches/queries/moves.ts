import { sql } from "drizzle-orm";
import { database, type Reader } from "#db/client.ts";
import { statement } from "#db/statement.ts";
import type { MovePool, MoveSubject, Split } from "../rules/credits.ts";

/**
 * Organizations before a move, in the order of `ids`. The caller has taken the ids from a scope, or checked the role.
 *
 * @param split active members are counted only where they matter, because that reads each membership
 */
export function moveSubjects(
  ids: readonly number[],
  split: Split,
  reader: Reader = database(),
): MoveSubject[] {
  const members =
    split === "member"
      ? sql`(SELECT count(*) FROM memberships INDEXED BY memberships_organization_name
          WHERE organization_id = o.id AND active = 1)`
      : sql`0`;
  return statement(
    sql`SELECT o.id, o.name, o.code, o.active, o.balance, o.credit_type_id, ${members}
      FROM json_each(${JSON.stringify(ids)}) CROSS JOIN organizations o ON o.id = value`,
  )
    .lists<[bigint, string, string, bigint, bigint, bigint, bigint]>({}, reader)
    .map(([id, name, code, active, balance, creditTypeId, activeMembers]) => ({
      id: Number(id),
      name,
      code,
      isActive: active === 1n,
      balance,
      creditTypeId: Number(creditTypeId),
      activeMembers: Number(activeMembers),
    }));
}

/** All pools, in the order of their names. */
export function movePools(reader: Reader = database()): MovePool[] {
  return statement(sql`SELECT id, name, available FROM credit_types ORDER BY name_key`)
    .lists<[bigint, string, bigint]>({}, reader)
    .map(([id, name, available]) => ({ id: Number(id), name, available }));
}
