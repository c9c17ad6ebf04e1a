import { creditsText } from "#lib/credits.ts";
import type { MembershipItem } from "#lib/members/queries/memberships.ts";
import { type MemberRole, membershipFormValues } from "#lib/members/rules.ts";

export const ROLE_LABELS: Record<MemberRole, string> = {
  admin: "Admin",
  creator: "Creator",
  viewer: "Viewer",
};

/** What a member's role means, where it is chosen. */
export const ROLE_MEANING =
  "A note for your reports and applications. Members with any role spend up to their allowance, and none signs in to this portal.";

/** "1,000 credits a month", or what an absent or an empty allowance means. */
export function monthlyText(allowance: bigint | null): string {
  if (allowance === null) return "no limit";
  return allowance === 0n ? "0: spending is blocked" : `${creditsText(allowance)} a month`;
}

export const memberHref = (id: number) => `/members/${id}`;

export const membersTabHref = (code: string) => `/organizations/${encodeURIComponent(code)}/members`;

/** What the form of a membership is about. */
export type EditableMembership = {
  id: number;
  values: ReturnType<typeof membershipFormValues>;
  /** What the organization's allowance is, in words. */
  organizationAllowance: string;
};

export function editableMembership(membership: MembershipItem): EditableMembership {
  return {
    id: membership.id,
    values: membershipFormValues(membership),
    organizationAllowance: monthlyText(membership.organization.monthlyAllowance),
  };
}
