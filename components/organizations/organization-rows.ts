import { formatDay } from "#lib/calendar.ts";
import { currencyOf } from "#lib/credit-types/rules.ts";
import { creditsText, formatCount, formatCredits } from "#lib/credits.ts";
import { moneyText } from "#lib/money.ts";
import type { OrganizationListItem } from "#lib/organizations/queries/organizations.ts";
import { runsOutOn, runwayOf, runwayText, runwayUrgency } from "#lib/runway/rules.ts";
import { type Calendar, dayOf, formatDate } from "#lib/time.ts";

export { organizationHref } from "./organization-href.ts";

/**
 * An organization as the list writes it. Server and browser both render the list from these texts: as data they weigh
 * a tenth of the markup, which Next would send a second time as elements.
 */
export type OrganizationRow = {
  id: number;
  name: string;
  code: string;
  active: boolean;
  /** The instant in milliseconds since 1970, and the day in the enterprise's date format. */
  createdAt: number;
  created: string;
  members: string;
  balance: string;
  /** What the balance is worth in the credit type's currency. */
  worth: string;
  spent: string;
  spent30: string;
  /** Only for the table: in a card they would be two lines too many. */
  spent30Worth?: string;
  /** Left out where the credit type has had several rates, of which each is that of a part of what was spent. */
  spentWorth?: string;
  /** "12 days", and the day on which they end in the enterprise's date format, if there is one. */
  runsOut: string;
  runsOutOn?: string;
  urgency?: "danger" | "warning";
  creditType: string;
  allowance: string;
  tags: readonly string[];
};

/** "1,000 credits", or what an absent allowance means. */
export function allowanceLabel(allowance: bigint | null): string {
  return allowance === null ? "No limit" : creditsText(allowance);
}

/** All rates that a credit type has had, by its id. */
export type RatesByType = ReadonlyMap<number, readonly unknown[]>;

/** @param rates for the table, which tells what was spent in money */
export function organizationRows(
  items: readonly OrganizationListItem[],
  calendar: Calendar,
  { rates = null, now = new Date() }: { rates?: RatesByType | null; now?: Date } = {},
): OrganizationRow[] {
  const today = dayOf(now, calendar.timeZone);
  return items.map((item) => {
    const runway = runwayOf(item);
    const end = runsOutOn(runway, today);
    const urgency = runwayUrgency(runway);
    const worth = (credits: bigint) => moneyText(credits, item.exchangeRate, currencyOf(item.currency));
    return {
      id: item.id,
      name: item.name,
      code: item.code,
      active: item.active,
      createdAt: item.createdAt.getTime(),
      created: formatDate(item.createdAt, calendar),
      members: formatCount(item.members),
      balance: formatCredits(item.balance),
      worth: worth(item.balance),
      spent: formatCredits(item.spent),
      spent30: formatCredits(item.spentLast30Days),
      ...(rates && { spent30Worth: worth(item.spentLast30Days) }),
      ...(rates?.get(item.creditTypeId)?.length === 1 && { spentWorth: worth(item.spent) }),
      runsOut: runwayText(runway),
      ...(end !== null && { runsOutOn: formatDay(end, calendar.dateFormat) }),
      ...(urgency !== "none" && { urgency }),
      creditType: item.creditTypeName,
      allowance: allowanceLabel(item.monthlyAllowance),
      tags: item.tags,
    };
  });
}
