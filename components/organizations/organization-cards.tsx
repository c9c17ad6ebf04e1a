"use client";

import type { ReactNode } from "react";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { StatusBadge } from "#components/ui/status-badge.tsx";
import { organizationHref } from "./organization-href.ts";
import { OrganizationMenu, OrganizationMenuButton } from "./organization-menu.tsx";
import type { OrganizationRow } from "./organization-rows.ts";
import { SelectOrganization } from "./organization-status.tsx";
import { type PackedRows, unpackRows } from "./packed-rows.ts";
import { RunsOut } from "./runs-out.tsx";
import { TagChips } from "./tag-chips.tsx";

/**
 * The list as cards. It has no interaction; it is a client component only because that makes the answer smaller. All of a
 * card's looks are in the stylesheet (`cards`), because classes in each card would be a fifth of the list's bytes.
 */
export function OrganizationCards({
  rows: packed,
  back,
  mayChange,
}: {
  rows: PackedRows;
  /** The list, to which forms lead back. */
  back: string;
  mayChange: boolean;
}) {
  const rows = unpackRows(packed);
  return (
    <>
      <ul className="cards">
        {rows.map((organization) => (
          <li key={organization.id}>
            <OrganizationCard organization={organization} mayChange={mayChange} />
          </li>
        ))}
      </ul>
      {mayChange && <OrganizationMenu rows={rows} back={back} />}
    </>
  );
}

function OrganizationCard({
  organization,
  mayChange,
}: {
  organization: OrganizationRow;
  mayChange: boolean;
}) {
  const { name, code, active } = organization;
  return (
    <article>
      <header>
        {mayChange && <SelectOrganization organization={organization} />}
        <div>
          <h3>
            <SoftLink href={organizationHref(code)}>{name}</SoftLink>
          </h3>
          <p>{code}</p>
        </div>
        <StatusBadge active={active} />
        {mayChange && <OrganizationMenuButton organization={organization} />}
      </header>
      {organization.tags.length > 0 && <TagChips tags={organization.tags} limit={4} />}
      <dl>
        {figure("Members", organization.members)}
        {figure("Credit Balance", organization.balance)}
        {worth("Worth", organization.worth)}
        {figure("Runs out", <RunsOut organization={organization} />)}
        {figure("Total Spent Credits", organization.spent)}
        {organization.spentWorth && worth("Spent in money", organization.spentWorth)}
        {figure("Spent 30 d", organization.spent30)}
        {figure("Credit Type", organization.creditType)}
        {figure("Monthly Allowance per Member", organization.allowance)}
      </dl>
      <footer>
        <p>
          {"Created "}
          <time dateTime={new Date(organization.createdAt).toISOString()}>{organization.created}</time>
        </p>
      </footer>
    </article>
  );
}

/** One row of a card. Not a component: rendering 200 components would cost more than their elements. */
function figure(label: string, value: ReactNode) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** What the figure above it is worth. */
function worth(label: string, money: string) {
  return (
    <div className="below">
      <dt>{label}</dt>
      <dd>{money}</dd>
    </div>
  );
}
