import { formatDay } from "#lib/calendar.ts";
import { currencyOf } from "#lib/credit-types/rules.ts";
import { creditsText, formatCount, formatCredits } from "#lib/credits.ts";
import { moneyText } from "#lib/money.ts";
import type { OrganizationListItem } from "#lib/organizations/queries/organizations.ts";
import { runsOutOn, runwayOf, runwayText, runwayUrgency } from "#lib/runway/rules.ts";
import { type Calendar, dayOf, formatDate } from "#lib/time.ts";
import { EVER, type MoneyByType, worthOf } from "#lib/worth.ts";

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
  /** Only for the table: in a card it would be a line too many. */
  spent30Worth?: string;
  /** Left out where it is nothing, or where the credit type has had several rates, each that of a part of what was spent. */
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

/** @param isTable whether the rows are those of a table, which has room for what was spent lately in money */
export function organizationRows(
  items: readonly OrganizationListItem[],
  calendar: Calendar,
  { money, isTable, now = new Date() }: { money: MoneyByType; isTable: boolean; now?: Date },
): OrganizationRow[] {
  const today = dayOf(now, calendar.timeZone);
  return items.map((item) => {
    const runway = runwayOf(item);
    const end = runsOutOn(runway, today);
    const urgency = runwayUrgency(runway);
    const worth = (credits: bigint) => moneyText(credits, item.exchangeRate, currencyOf(item.currency));
    const spentWorth = worthOf(money, [{ creditTypeId: item.creditTypeId, micro: item.spent }], EVER);
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
      ...(isTable && { spent30Worth: worth(item.spentLast30Days) }),
      ...(spentWorth !== null && { spentWorth }),
      runsOut: runwayText(runway),
      ...(end !== null && { runsOutOn: formatDay(end, calendar.dateFormat) }),
      ...(urgency !== "none" && { urgency }),
      creditType: item.creditTypeName,
      allowance: allowanceLabel(item.monthlyAllowance),
      tags: item.tags,
    };
  });
}
