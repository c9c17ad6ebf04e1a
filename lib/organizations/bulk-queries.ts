import { sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { plainCredits } from "#lib/credits.ts";

/** An organization whose value a batch would change. */
export type OrganizationLine = {
  id: number;
  name: string;
  code: string;
  isActive: boolean;
  before: string | null;
  after: string | null;
};

/**
 * The allowances of organizations before a change and after it, in the order of `ids`, as the audit trail writes them. The
 * caller has taken the ids from a scope, or checked that the actor manages them.
 */
export function allowanceLines(ids: readonly number[], after: string | null): OrganizationLine[] {
  return statement(
    sql`SELECT o.id, o.name, o.code, o.active, o.monthly_allowance
      FROM json_each(${JSON.stringify(ids)}) CROSS JOIN organizations o ON o.id = value`,
  )
    .lists<[bigint, string, string, bigint, bigint | null]>()
    .map(([id, name, code, active, allowance]) => ({
      id: Number(id),
      name,
      code,
      isActive: active === 1n,
      before: allowance === null ? null : plainCredits(allowance),
      after,
    }));
}
