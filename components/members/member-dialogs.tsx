"use client";

import { buttonClass } from "#components/ui/button.tsx";
import { DialogLink } from "#components/ui/dialog-link.tsx";
import type { FormAction } from "#lib/form-state.ts";
import { AddMemberForm, EditMemberForm, EditMembershipForm } from "./member-forms.tsx";
import type { EditableMembership } from "./words.ts";

/** "Add member" over a list; `organization` where the list is one organization's. */
export function AddMember({
  organization,
  back,
  action,
}: {
  organization: { code: string; name: string; allowance: string } | null;
  back: string;
  action: FormAction;
}) {
  const query = new URLSearchParams({ ...(organization && { organization: organization.code }), back });
  return (
    <DialogLink
      href={`/members/new?${query}`}
      title={organization ? `Add member to ${organization.name}` : "Add member"}
      className={buttonClass({ variant: "primary" })}
      form={(close) => <AddMemberForm {...{ organization, back, action }} onDone={close} />}
    >
      Add member
    </DialogLink>
  );
}

export function EditMember({
  member,
  back,
  action,
}: {
  member: { id: number; name: string; email: string };
  back: string;
  action: FormAction;
}) {
  return (
    <DialogLink
      href={`/members/${member.id}/edit`}
      title={`Edit ${member.name}`}
      className={buttonClass()}
      form={(close) => <EditMemberForm {...{ member, back, action }} onDone={close} />}
    >
      Edit
      <span className="sr-only"> {member.name}</span>
    </DialogLink>
  );
}

export function EditMembership({
  member,
  organization,
  membership,
  back,
  action,
}: {
  member: { id: number; name: string };
  organization: string;
  membership: EditableMembership;
  back: string;
  action: FormAction;
}) {
  return (
    <DialogLink
      href={`/members/${member.id}/memberships/${membership.id}?${new URLSearchParams({ back })}`}
      title={`${member.name} in ${organization}`}
      className={buttonClass({ size: "sm" })}
      form={(close) => <EditMembershipForm {...{ membership, back, action }} onDone={close} />}
    >
      Edit
      <span className="sr-only">
        {" "}
        {member.name} in {organization}
      </span>
    </DialogLink>
  );
}
