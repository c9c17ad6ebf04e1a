import { addDays, formatDay } from "#lib/calendar.ts";
import { currencyOf } from "#lib/credit-types/rules.ts";
import { creditsText, formatCount, formatCredits } from "#lib/credits.ts";
import { moneyText } from "#lib/money.ts";
import type { OrganizationListItem } from "#lib/organizations/queries/organizations.ts";
import { runsOutOn, runwayOf, runwayText, runwayUrgency } from "#lib/runway/rules.ts";
import { type Calendar, dayOf, formatDate, startOfDay } from "#lib/time.ts";
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
  /** Only for the table: in a card it would be a line too many. Left out as {@link spentWorth} is. */
  spent30Worth?: string;
  /** Left out where it is nothing, or where several rates were in force, each that of a part of what was spent. */
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

/**
 * The instant in milliseconds since 1970 from which what was spent in the last 30 days may have been spent. It is a day
 * earlier than those days begin, because the counter keeps the days of yesterday until a job moves them after midnight.
 *
 * @param today 20261124
 */
export function spent30Since(today: number, { timeZone }: Calendar): number {
  return startOfDay(addDays(today, -30), timeZone).getTime();
}

/** @param isTable whether the rows are those of a table, which has room for what was spent lately in money */
export function organizationRows(
  items: readonly OrganizationListItem[],
  calendar: Calendar,
  { money, isTable, now = new Date() }: { money: MoneyByType; isTable: boolean; now?: Date },
): OrganizationRow[] {
  const today = dayOf(now, calendar.timeZone);
  const since30 = spent30Since(today, calendar);
  return items.map((item) => {
    const runway = runwayOf(item);
    const end = runsOutOn(runway, today);
    const urgency = runwayUrgency(runway);
    const worthSince = (micro: bigint, since: number) =>
      worthOf(money, [{ creditTypeId: item.creditTypeId, micro }], since);
    const spentWorth = worthSince(item.spent, EVER);
    const spent30Worth = isTable ? worthSince(item.spentLast30Days, since30) : null;
    return {
      id: item.id,
      name: item.name,
      code: item.code,
      active: item.active,
      createdAt: item.createdAt.getTime(),
      created: formatDate(item.createdAt, calendar),
      members: formatCount(item.members),
      balance: formatCredits(item.balance),
      worth: moneyText(item.balance, item.exchangeRate, currencyOf(item.currency)),
      spent: formatCredits(item.spent),
      spent30: formatCredits(item.spentLast30Days),
      ...(spent30Worth !== null && { spent30Worth }),
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
