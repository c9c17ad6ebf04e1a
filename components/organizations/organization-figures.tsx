import type { ReactNode } from "react";
import { Figure, FigureList } from "#components/ui/figure-list.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { firstDay, formatDay, monthOf } from "#lib/calendar.ts";
import { formatCount, formatCredits, formatWholeCredits, MICRO_PER_CREDIT } from "#lib/credits.ts";
import type { OrganizationDetail } from "#lib/organizations/queries/organizations.ts";
import { meanDailySpend, runsOutOn, runwayOf, runwayText, runwayUrgency } from "#lib/runway/rules.ts";
import { type Calendar, formatDate, startOfDay } from "#lib/time.ts";
import type { OrganizationFigures as Figures } from "#lib/transactions/figures.ts";
import { changeText, daysOfMonthText } from "#lib/transactions/rules.ts";
import { EVER, type MoneyByType, NOW, worthOf } from "#lib/worth.ts";
import { allowanceLabel, spent30Since } from "./organization-rows.ts";

/** The balance with how long it lasts, and this month beside the last one; below them the other figures. */
export function OrganizationFigures({
  organization,
  figures,
  money,
  href,
  calendar,
  today,
}: {
  organization: OrganizationDetail;
  figures: Figures;
  money: MoneyByType;
  /** The organization's page. */
  href: string;
  calendar: Calendar;
  /** 20261124. */
  today: number;
}) {
  /** What credits are worth, where the rate has not changed since they began to move. */
  const worth = (micro: bigint, since: number) => {
    const text = worthOf(money, [{ creditTypeId: organization.creditTypeId, micro }], since);
    return text && `= ${text}`;
  };
  const startOf = (day: number) => startOfDay(day, calendar.timeZone).getTime();
  return (
    <div className="grid gap-3">
      <dl className="grid gap-3 md:grid-cols-2">
        <Headline label="Credit Balance" figure={formatCredits(organization.balance)}>
          <Worth text={worth(organization.balance, NOW)} />
          <Runway organization={organization} calendar={calendar} today={today} />
        </Headline>
        <Headline label="Spent this month" figure={formatCredits(figures.spentThisMonth)}>
          <Worth text={worth(figures.spentThisMonth, startOf(firstDay(monthOf(today))))} />
          <MonthComparison figures={figures} href={href} today={today} />
        </Headline>
      </dl>
      <FigureList>
        <Figure label="Members">{formatCount(organization.members)}</Figure>
        <Figure label="Monthly Allowance per Member">{allowanceLabel(organization.monthlyAllowance)}</Figure>
        <Figure label="Credit Type">
          {organization.creditTypeName} ({organization.currency})
        </Figure>
        <Figure label="Spent 30 d" note={worth(organization.spentLast30Days, spent30Since(today, calendar))}>
          {formatCredits(organization.spentLast30Days)}
        </Figure>
        <Figure label="Total Spent Credits" note={worth(organization.spent, EVER)}>
          {formatCredits(organization.spent)}
        </Figure>
        <Figure label="Created">
          <time dateTime={organization.createdAt.toISOString()}>
            {formatDate(organization.createdAt, calendar)}
          </time>
        </Figure>
      </FigureList>
    </div>
  );
}

function Worth({ text }: { text: string | null }) {
  return text && <p>{text}</p>;
}

function Headline({ label, figure, children }: { label: string; figure: string; children: ReactNode }) {
  return (
    <div className="min-w-0 rounded-lg border border-line bg-surface p-5 shadow-card max-sm:p-4">
      <dt className="text-[0.8125rem] font-medium text-muted">{label}</dt>
      <dd className="figures mt-1 text-3xl font-semibold tracking-tight wrap-anywhere max-sm:text-2xl">
        {figure}
      </dd>
      <dd className="figures mt-1 grid gap-0.5 text-[0.8125rem] wrap-anywhere text-muted">{children}</dd>
    </div>
  );
}

// Whole names, because Tailwind finds them in this text.
const TONES = { danger: "font-semibold text-danger", warning: "font-medium text-warning", none: "" };

function Runway({
  organization,
  calendar,
  today,
}: {
  organization: OrganizationDetail;
  calendar: Calendar;
  today: number;
}) {
  const runway = runwayOf(organization);
  if (runway.state === "unused") return <p>Nothing was spent in the last 30 days</p>;
  const end = runsOutOn(runway, today);
  const text = runwayText(runway);
  const daily = meanDailySpend(organization.spentLast30Days);
  // The mean of 30 days has up to six decimals, of which those of a larger figure mean nothing.
  const rate = daily < 10n * MICRO_PER_CREDIT ? formatCredits(daily) : formatWholeCredits(daily);
  return (
    <p className={TONES[runwayUrgency(runway)]}>
      {runway.state === "empty"
        ? "Nothing is left."
        : `Runs out in ${text.charAt(0).toLowerCase()}${text.slice(1)}${end === null ? "" : `, on ${formatDay(end, calendar.dateFormat)}`}`}
      <span className="font-normal text-muted">
        {runway.state === "empty" ? ` ${rate} a day were spent.` : `, at ${rate} a day`}
      </span>
    </p>
  );
}

function MonthComparison({ figures, href, today }: { figures: Figures; href: string; today: number }) {
  const { comparison, spentLastMonth } = figures;
  const change = changeText(comparison.nowSpent, comparison.beforeSpent);
  const daysBefore = daysOfMonthText(comparison.before);
  // Where today has no day to compare with, the change is not that of the figure above.
  const daysNow = comparison.now.to === today ? "" : `${daysOfMonthText(comparison.now)} `;
  return (
    <p>
      {change === null ? (
        `Nothing was spent ${daysBefore}. `
      ) : (
        <>
          <span className="font-medium text-ink">{change}</span> {daysNow}vs{" "}
          {formatCredits(comparison.beforeSpent)} {daysBefore}.{" "}
        </>
      )}
      <SoftLink
        href={`${href}/transactions?tab=spending&period=last-month`}
        className="whitespace-nowrap underline underline-offset-2 hover:text-ink"
      >
        Last month: {formatCredits(spentLastMonth)}
      </SoftLink>
    </p>
  );
}
