import { creditsText, formatCount, formatCredits } from "#lib/credits.ts";
import type { OrganizationListItem } from "#lib/organizations/queries.ts";
import { type Calendar, formatDate } from "#lib/time.ts";

/**
 * An organization as the list writes it. Server and browser both render the list from these texts: as data they weigh
 * a tenth of the markup, which Next would send a second time as elements.
 */
export type OrganizationRow = {
  id: number;
  name: string;
  code: string;
  active: boolean;
  /** ISO 8601, and the day in the enterprise's date format. */
  createdAt: string;
  created: string;
  members: string;
  balance: string;
  spent: string;
  creditType: string;
  allowance: string;
  tags: readonly string[];
};

/** "1,000 credits", or what an absent allowance means. */
export function allowanceLabel(allowance: bigint | null): string {
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
    allowance: allowanceLabel(item.monthlyAllowance),
    tags: item.tags,
  }));
}

export const organizationHref = (code: string) => `/organizations/${encodeURIComponent(code)}`;
