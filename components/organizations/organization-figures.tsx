import { Figure, FigureList } from "#components/ui/figure-list.tsx";
import { currencyOf } from "#lib/credit-types/rules.ts";
import { formatCount, formatCredits } from "#lib/credits.ts";
import { moneyText } from "#lib/money.ts";
import type { OrganizationDetail } from "#lib/organizations/queries.ts";
import { type Calendar, formatDate } from "#lib/time.ts";
import { allowanceLabel } from "./organization-rows.ts";

export function OrganizationFigures({
  organization,
  calendar,
}: {
  organization: OrganizationDetail;
  calendar: Calendar;
}) {
  return (
    <FigureList>
      <Figure label="Members">{formatCount(organization.members)}</Figure>
      <Figure
        label="Credit Balance"
        note={`= ${moneyText(organization.balance, organization.exchangeRate, currencyOf(organization.currency))}`}
      >
        {formatCredits(organization.balance)}
      </Figure>
      <Figure label="Total Spent Credits">{formatCredits(organization.spent)}</Figure>
      <Figure label="Credit Type">
        {organization.creditTypeName} ({organization.currency})
      </Figure>
      <Figure label="Monthly Allowance per Member">{allowanceLabel(organization.monthlyAllowance)}</Figure>
      <Figure label="Created">
        <time dateTime={organization.createdAt.toISOString()}>
          {formatDate(organization.createdAt, calendar)}
        </time>
      </Figure>
    </FigureList>
  );
}
