import { SelectBox } from "#components/ui/status-controls.tsx";
import { StatusForm, type StatusFormProps } from "#components/ui/status-form.tsx";

/** The id of the form that changes selected memberships. */
export const MEMBERSHIP_STATUS_FORM = "membership-status";

type Subject = { id: number; name: string; active: boolean };

/** What an admin must know before deactivating members. */
export function MembershipDeactivationMeaning() {
  return (
    <ul className="list-disc space-y-1 pl-5 text-muted">
      <li>New spending in this organization is blocked immediately.</li>
      <li>What was spent stays in the history and in every total.</li>
      <li>You can reactivate at any time; role and allowance stay.</li>
    </ul>
  );
}

/** Changes the status of memberships; its page without JavaScript is `/members/status`. */
export function MembershipStatusForm({
  organizationId,
  ...props
}: Pick<StatusFormProps, "items" | "total" | "whole" | "viewQuery" | "back" | "action"> & {
  /** The organization whose members the view is of; without it the view is of `/members`. */
  organizationId?: number;
}) {
  return (
    <StatusForm
      {...props}
      id={MEMBERSHIP_STATUS_FORM}
      shown="[body:has([form=membership-status]:checked)_&]:flex"
      page="/members/status"
      one="member"
      many="members"
      meaning={<MembershipDeactivationMeaning />}
      pages={[
        { label: "Set allowance", page: "/members/bulk", name: "set", value: "allowance" },
        { label: "Set role", page: "/members/bulk", name: "set", value: "role" },
      ]}
      {...(organizationId !== undefined && { fields: { organization: String(organizationId) } })}
    />
  );
}

export function SelectMembership({ membership }: { membership: Subject }) {
  return <SelectBox form={MEMBERSHIP_STATUS_FORM} subject={membership} />;
}
