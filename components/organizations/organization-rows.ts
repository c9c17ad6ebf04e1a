import { creditsText, formatCount, formatCredits } from "#lib/credits.ts";
import type { OrganizationListItem } from "#lib/organizations/queries.ts";
import { type Calendar, formatDate } from "#lib/time.ts";

/**
 * An organization as the list writes it. The list is drawn from these words on both sides: sent as data it weighs a
 * tenth of its markup, which Next would send a second time as elements.
 */
export type OrganizationRow = {
  id: number;
  name: string;
  code: string;
  active: boolean;
  /** ISO 8601, and the day in the enterprise's own way. */
  createdAt: string;
  created: string;
  members: string;
  balance: string;
  spent: string;
  creditType: string;
  currency: string;
  allowance: string;
};

/** "1,000 credits", or what an absent allowance means. */
export function allowanceText(allowance: bigint | null): string {
  return allowance === null ? "No limit" : creditsText(allowance);
}

export function organizationRows(
  items: readonly OrganizationListItem[],
  calendar: Calendar,
): OrganizationRow[] {
  return items.map((item) => ({
    id: item.id,
    name: item.name,
    code: item.code,
    active: item.active,
    createdAt: item.createdAt.toISOString(),
    created: formatDate(item.createdAt, calendar),
    members: formatCount(item.members),
    balance: formatCredits(item.balance),
    spent: formatCredits(item.spent),
    creditType: item.creditTypeName,
    currency: item.currency,
    allowance: allowanceText(item.monthlyAllowance),
  }));
}

export const organizationHref = (code: string) => `/organizations/${encodeURIComponent(code)}`;
