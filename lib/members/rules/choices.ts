import { plainCredits } from "#lib/credits.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";

// Apart from the schemas, because the browser loads these and not zod.

export const MEMBER_ROLES = ["admin", "creator", "viewer"] as const;
export type MemberRole = (typeof MEMBER_ROLES)[number];

/** Whose monthly allowance counts for a membership. */
export const ALLOWANCES = ["organization", "own", "unlimited"] as const;

/** A membership as its form shows it. */
export function membershipFormValues(membership: {
  role: MemberRole;
  allowance: (typeof ALLOWANCES)[number];
  monthlyAllowance: bigint | null;
}) {
  const { role, allowance, monthlyAllowance } = membership;
  return {
    role,
    allowance,
    monthlyAllowance: monthlyAllowance === null ? "" : plainCredits(monthlyAllowance),
  } satisfies OriginalValues;
}
