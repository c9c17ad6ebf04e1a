"use client";

import type { ReactNode } from "react";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { StatusBadge } from "#components/ui/status-badge.tsx";
import { organizationHref } from "./organization-href.ts";
import { OrganizationMenu } from "./organization-menu.tsx";
import type { OrganizationRow } from "./organization-rows.ts";
import { SelectOrganization } from "./organization-status.tsx";
import { RunsOut } from "./runs-out.tsx";
import { TagChips } from "./tag-chips.tsx";

/** Classes for all cards, set once on the list. Repeated in each card, they would be half of the list's bytes. */
const CARDS =
  "[&_dl]:grid [&_dl]:gap-1.5 [&_dl]:text-[0.8125rem] [&_dl>div]:flex [&_dl>div]:justify-between [&_dl>div]:gap-3 [&_dt]:text-muted [&_dd]:max-w-3/5 [&_dd]:shrink-0 [&_dd]:wrap-anywhere [&_dd]:text-right [&_dd]:font-medium [&_dd]:tabular-nums [&_dl>div:has(dd+dd)]:flex-wrap [&_dl>div:has(dd+dd)]:gap-y-0 [&_dd+dd]:w-full [&_dd+dd]:max-w-full [&_dd+dd]:text-xs [&_dd+dd]:font-normal [&_dd+dd]:text-muted";

/** The list as cards. It has no interaction; it is a client component only because that makes the answer smaller. */
export function OrganizationCards({
  rows,
  back,
  mayChange,
}: {
  rows: readonly OrganizationRow[];
  /** The list, to which forms lead back. */
  back: string;
  mayChange: boolean;
}) {
  return (
    <ul className={`grid grid-cols-[repeat(auto-fill,minmax(min(18.5rem,100%),1fr))] gap-3 ${CARDS}`}>
      {rows.map((organization) => (
        <li key={organization.id} className="grid min-w-0 grid-cols-1">
          <OrganizationCard organization={organization} back={back} mayChange={mayChange} />
        </li>
      ))}
    </ul>
  );
}

function OrganizationCard({
  organization,
  back,
  mayChange,
}: {
  organization: OrganizationRow;
  back: string;
  mayChange: boolean;
}) {
  const { name, code, active } = organization;
  return (
    <article className="relative flex flex-col rounded-lg border border-line bg-surface p-4 shadow-card has-checked:border-accent">
      <header className="mb-3 flex items-start gap-2.5">
        {mayChange && <SelectOrganization organization={organization} />}
        <div className="min-w-0 flex-1">
          <h3 className="leading-snug font-semibold wrap-anywhere">
            <SoftLink href={organizationHref(code)} className="rounded-sm hover:underline">
              {name}
            </SoftLink>
          </h3>
          <p className="mt-0.5 font-mono text-xs break-all text-muted">{code}</p>
        </div>
        <StatusBadge active={active} />
        {mayChange && <OrganizationMenu organization={organization} back={back} />}
      </header>
      {organization.tags.length > 0 && (
        <div className="mb-3">
          <TagChips tags={organization.tags} limit={4} />
        </div>
      )}
      <dl>
        <Row label="Members">{organization.members}</Row>
        <Row label="Credit Balance" worth={organization.worth}>
          {organization.balance}
        </Row>
        <Row label="Runs out">
          <RunsOut organization={organization} />
        </Row>
        <Row label="Total Spent Credits">{organization.spent}</Row>
        <Row label="Spent 30 d">{organization.spent30}</Row>
        <Row label="Credit Type">{organization.creditType}</Row>
        <Row label="Monthly Allowance per Member">{organization.allowance}</Row>
      </dl>
      <footer className="mt-auto pt-3 text-[0.8125rem] text-muted">
        Created <time dateTime={organization.createdAt}>{organization.created}</time>
      </footer>
    </article>
  );
}

function Row({ label, worth, children }: { label: string; worth?: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
      {worth !== undefined && <dd>{worth}</dd>}
    </div>
  );
}
