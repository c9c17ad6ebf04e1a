import Link from "next/link";
import type { ReactNode } from "react";
import { StatusBadge } from "#components/ui/status-badge.tsx";
import { creditsText, formatCount, formatCredits } from "#lib/credits.ts";
import type { OrganizationListItem } from "#lib/organizations/queries.ts";
import { type Calendar, formatDate } from "#lib/time.ts";
import { SelectOrganization, ToggleButton } from "./organization-controls.tsx";

export const organizationHref = (code: string) => `/organizations/${encodeURIComponent(code)}`;

/** "1,000 credits", or what an absent allowance means. */
export function allowanceText(allowance: bigint | null): string {
  return allowance === null ? "No limit" : creditsText(allowance);
}

export function CreatedDate({ at, calendar }: { at: Date; calendar: Calendar }) {
  return <time dateTime={at.toISOString()}>{formatDate(at, calendar)}</time>;
}

export function OrganizationCard({
  organization,
  calendar,
  mayChange,
}: {
  organization: OrganizationListItem;
  calendar: Calendar;
  mayChange: boolean;
}) {
  const { name, code, active } = organization;
  return (
    <article className="relative flex flex-col rounded-lg border border-line bg-surface p-4 shadow-card has-checked:border-accent">
      <header className="mb-3 flex items-start gap-2.5">
        {mayChange && <SelectOrganization organization={organization} />}
        <div className="min-w-0 flex-1">
          <h3 className="leading-snug font-semibold break-words">
            <Link href={organizationHref(code)} prefetch={false} className="rounded-sm hover:underline">
              {name}
            </Link>
          </h3>
          <p className="mt-0.5 font-mono text-xs break-all text-muted">{code}</p>
        </div>
        <StatusBadge active={active} />
      </header>
      <dl className="grid gap-1.5 text-[0.8125rem]">
        <Row label="Members">{formatCount(organization.members)}</Row>
        <Row label="Credit Balance">{formatCredits(organization.balance)}</Row>
        <Row label="Total Spent Credits">{formatCredits(organization.spent)}</Row>
        <Row label="Credit Type">
          <span title={organization.creditTypeName}>{organization.currency}</span>
        </Row>
        <Row label="Monthly Allowance per Member">
          <span className="whitespace-nowrap">{allowanceText(organization.monthlyAllowance)}</span>
        </Row>
      </dl>
      <footer className="mt-auto flex items-center justify-between gap-2 pt-3">
        <p className="text-[0.8125rem] text-muted">
          Created <CreatedDate at={organization.createdAt} calendar={calendar} />
        </p>
        {mayChange && <ToggleButton organization={organization} />}
      </footer>
    </article>
  );
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex justify-between gap-3">
      <dt className="text-muted">{label}</dt>
      <dd className="figures shrink-0 text-right font-medium">{children}</dd>
    </div>
  );
}
