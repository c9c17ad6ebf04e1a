"use client";

import Link from "next/link";
import { useCallback, useState } from "react";
import { buttonClass } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import type { FormState } from "#lib/form-state.ts";
import { type CreditTypeOption, OrganizationForm } from "./organization-form.tsx";

/** Opens the form over the list; without JavaScript, or in a new tab, it is a link to the form's own page. */
export function CreateOrganization({
  creditTypes,
  action,
}: {
  creditTypes: readonly CreditTypeOption[];
  action: (state: FormState, data: FormData) => Promise<FormState>;
}) {
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  return (
    <>
      <Link
        href="/organizations/new"
        prefetch={false}
        className={buttonClass({ variant: "primary" })}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        + Create Organization
      </Link>
      <Dialog open={open} onClose={close} title="Create Organization">
        <OrganizationForm creditTypes={creditTypes} action={action} onCreated={close} />
      </Dialog>
    </>
  );
}
