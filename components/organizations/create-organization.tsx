"use client";

import { buttonClass } from "#components/ui/button.tsx";
import { DialogLink } from "#components/ui/dialog-link.tsx";
import type { FormAction } from "#lib/form-state.ts";
import { type CreditTypeOption, OrganizationForm } from "./organization-form.tsx";

/** The form to create an organization, over the list. */
export function CreateOrganization({
  creditTypes,
  action,
}: {
  creditTypes: readonly CreditTypeOption[];
  action: FormAction;
}) {
  return (
    <DialogLink
      href="/organizations/new"
      title="Create Organization"
      className={buttonClass({ variant: "primary" })}
      form={(close) => <OrganizationForm creditTypes={creditTypes} action={action} onCreated={close} />}
    >
      + Create Organization
    </DialogLink>
  );
}
