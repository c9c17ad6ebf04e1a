"use client";

import { RowMenu, RowMenuButton } from "#components/ui/row-menu.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { StatusMenuItem } from "#components/ui/status-controls.tsx";
import { MEMBERSHIP_STATUS_FORM } from "./membership-status.tsx";

/** A membership as its menu needs it. */
export type MembershipOfMenu = {
  id: number;
  /** What the row is called: the person, or the person in the organization. */
  name: string;
  active: boolean;
  /** Its own page, which has the same actions. */
  page: string;
  /** Where a membership without spending is removed. */
  removal: { href: string; of: string } | null;
};

/** The button that opens {@link MembershipMenu} for one membership. */
export function MembershipMenuButton({ membership: { id, name, page } }: { membership: MembershipOfMenu }) {
  return <RowMenuButton id={id} name={name} form={MEMBERSHIP_STATUS_FORM} page={page} />;
}

/** What an admin does less often to one membership of a list. The page needs the status form too. */
export function MembershipMenu({ memberships }: { memberships: readonly MembershipOfMenu[] }) {
  return (
    <RowMenu>
      {(id) => {
        const membership = memberships.find((one) => one.id === id);
        if (!membership) return null;
        const { removal } = membership;
        return (
          <>
            <StatusMenuItem form={MEMBERSHIP_STATUS_FORM} subject={membership} />
            {removal && (
              <SoftLink href={removal.href}>
                Remove<span className="sr-only"> {removal.of}</span>
              </SoftLink>
            )}
          </>
        );
      }}
    </RowMenu>
  );
}
