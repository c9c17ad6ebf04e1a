"use client";

import { Form, FormButtons } from "#components/ui/form.tsx";
import type { FormAction } from "#lib/form-state.ts";

/** Asks before an empty portal gets the demo enterprise. */
export function FillDemoForm({ action }: { action: FormAction }) {
  return (
    <Form action={action} back="/organizations">
      <ul className="list-disc space-y-1 pl-5 text-muted">
        <li>13 organizations in 4 credit types, with members and their usage from 2025 up to today.</li>
        <li>
          The enterprise is called “Demo University”, in the time zone of Singapore. You can change both in
          Settings.
        </li>
        <li>
          It can’t be removed, because the ledger keeps every entry. To begin for real, start with an empty
          data folder.
        </li>
      </ul>
      <FormButtons button="Fill with demo data" back="/organizations" />
    </Form>
  );
}
