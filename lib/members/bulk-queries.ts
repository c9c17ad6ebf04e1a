import { sql } from "drizzle-orm";
import { statement } from "#db/statement.ts";
import { type AllowanceChoice, allowanceText, type MemberRole } from "./rules.ts";

/** A membership that a batch would change, with its values as the audit trail writes them. */
export type MembershipLine = {
  id: number;
  memberId: number;
  name: string;
  email: string;
  organizationId: number;
  code: string;
  isActive: boolean;
  role: MemberRole;
  allowance: string;
};

type Columns = [
  bigint,
  bigint,
  string,
  string,
  bigint,
  string,
  bigint,
  MemberRole,
  AllowanceChoice["allowance"],
  bigint | null,
];

/**
 * Memberships as they are now, in the order of `ids`; those that do not exist, or were merged into others, are
 * left out. The caller has taken the ids
 * from a scope, or checks that the actor manages their organizations.
 */
export function membershipLines(ids: readonly number[]): MembershipLine[] {
  return statement(
    sql`SELECT m.id, m.member_id, p.name, p.email, m.organization_id, o.code, m.active, m.role, m.allowance, m.monthly_allowance
      FROM json_each(${JSON.stringify(ids)}) CROSS JOIN memberships m ON m.id = value AND m.merged_into_id IS NULL
      CROSS JOIN members p ON p.id = m.member_id CROSS JOIN organizations o ON o.id = m.organization_id`,
  )
    .lists<Columns>()
    .map(([id, memberId, name, email, organizationId, code, active, role, allowance, monthlyAllowance]) => ({
      id: Number(id),
      memberId: Number(memberId),
      name,
      email,
      organizationId: Number(organizationId),
      code,
      isActive: active === 1n,
      role,
      allowance: allowanceText({ allowance, monthlyAllowance }),
    }));
}
