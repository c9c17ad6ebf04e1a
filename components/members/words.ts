import { creditsText, formatCount } from "#lib/credits.ts";
import type { MembershipItem } from "#lib/members/queries/memberships.ts";
import { type ALLOWANCES, type MemberRole, membershipFormValues } from "#lib/members/rules/choices.ts";
import type { MembersView } from "#lib/members/search-params.ts";

export const ROLE_LABELS: Record<MemberRole, string> = {
  admin: "Admin",
  creator: "Creator",
  viewer: "Viewer",
};

/** Whose allowance counts for a membership. A figure without a limit is written "70 of no limit" instead. */
export const ALLOWANCE_LABELS: Record<(typeof ALLOWANCES)[number], string> = {
  organization: "Organization default",
  own: "Custom limit",
  unlimited: "Unlimited",
};

export const SORT_LABELS: [MembersView["sort"], string][] = [
  ["name", "Name A to Z"],
  ["-name", "Name Z to A"],
  ["-active", "Latest active"],
  ["active", "Longest inactive"],
  ["-spent", "Most spent"],
  ["spent", "Least spent"],
  ["-created", "Newest first"],
  ["created", "Oldest first"],
];

/** The filters of a view in words; none where it shows everybody. */
export function filterWords({
  q,
  organization = "",
  role,
  status,
  used,
}: Pick<MembersView, "q" | "role" | "status" | "used"> & { organization?: string }): string[] {
  return [
    ...(q === "" ? [] : [`Name or email has “${q}”`]),
    ...(organization === "" ? [] : [`Organization ${organization}`]),
    ...(role === "all" ? [] : [`Role ${ROLE_LABELS[role]}`]),
    ...(status === "all" ? [] : [status === "active" ? "Active" : "Inactive"]),
    ...(used === "all" ? [] : [`${used}% or more of the allowance used`]),
  ];
}

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

/** The words for everybody in a view of people, of which `total` were counted and there are `more`. */
export function wholeViewWords(total: number, more: boolean): { choice: string; chosen: string } {
  if (total === 1 && !more)
    return { choice: "All memberships in this view", chosen: "All memberships selected" };
  const people = more ? "people" : `${formatCount(total)} people`;
  return { choice: `All ${people} in this view`, chosen: `All ${people} selected` };
}
