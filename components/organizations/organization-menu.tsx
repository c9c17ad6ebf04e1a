"use client";

import { RowMenu, RowMenuButton } from "#components/ui/row-menu.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { StatusMenuItem } from "#components/ui/status-controls.tsx";
import { organizationHref } from "./organization-href.ts";
import { STATUS_FORM } from "./organization-status.tsx";

type Subject = { id: number; name: string; code: string; active: boolean };

/** The button that opens {@link OrganizationMenu} for one organization. */
export function OrganizationMenuButton({ organization: { id, name, code } }: { organization: Subject }) {
  return <RowMenuButton id={id} name={name} form={STATUS_FORM} page={organizationHref(code)} />;
}

/** What an admin does to one organization of the list. */
export function OrganizationMenu({
  rows,
  back,
}: {
  rows: readonly Subject[];
  /** The list, to which the forms lead back. */
  back: string;
}) {
  const query = `?back=${encodeURIComponent(back)}`;
  return (
    <RowMenu>
      {(id) => {
        const organization = rows.find((row) => row.id === id);
        if (!organization) return null;
        const href = organizationHref(organization.code);
        return (
          <>
            <SoftLink href={`${href}/credits/add${query}`}>Add credits</SoftLink>
            <SoftLink href={`${href}/credits/return${query}`}>Return credits</SoftLink>
            <SoftLink href={`${href}/settings`}>Settings</SoftLink>
            <StatusMenuItem form={STATUS_FORM} subject={organization} />
          </>
        );
      }}
    </RowMenu>
  );
}
