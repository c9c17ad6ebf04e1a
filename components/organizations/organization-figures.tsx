import type { ReactNode } from "react";
import { formatCount, formatCredits } from "#lib/credits.ts";
import type { OrganizationDetail } from "#lib/organizations/queries.ts";
import type { Calendar } from "#lib/time.ts";
import { allowanceText, CreatedDate } from "./organization-card.tsx";

export function OrganizationFigures({
  organization,
  calendar,
}: {
  organization: OrganizationDetail;
  calendar: Calendar;
}) {
  return (
    <dl className="grid grid-cols-1 gap-px overflow-hidden rounded-lg border border-line bg-line shadow-card sm:grid-cols-2 lg:grid-cols-3">
      <Figure label="Members">{formatCount(organization.members)}</Figure>
      <Figure label="Credit Balance">{formatCredits(organization.balance)}</Figure>
      <Figure label="Total Spent Credits">{formatCredits(organization.spent)}</Figure>
      <Figure label="Credit Type">
        {organization.creditTypeName} ({organization.currency})
      </Figure>
      <Figure label="Monthly Allowance per Member">{allowanceText(organization.monthlyAllowance)}</Figure>
      <Figure label="Created">
        <CreatedDate at={organization.createdAt} calendar={calendar} />
      </Figure>
    </dl>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="bg-surface p-4">
      <dt className="text-[0.8125rem] text-muted">{label}</dt>
      <dd className="figures mt-1 text-base font-semibold break-words">{children}</dd>
    </div>
  );
}
