"use client";

import { Form, FormButtons } from "#components/ui/form.tsx";
import type { FormAction } from "#lib/form-state.ts";

/** Asks before a membership that never spent is removed. */
export function RemoveMembershipForm({
  id,
  isLast,
  back,
  action,
}: {
  id: number;
  /** Whether the person has no other membership; null where the reader does not see all of them. */
  isLast: boolean | null;
  back: string;
  action: FormAction;
}) {
  return (
    <Form action={action} fields={{ id: String(id) }} back={back}>
      <ul className="list-disc space-y-1 pl-5 text-left text-muted">
        <li>The member can no longer spend in this organization.</li>
        {isLast && <li>This is the person’s only membership, so the person is removed too.</li>}
        {isLast === null && <li>If this is the person’s only membership, the person is removed too.</li>}
        <li>If the organization approves the email’s domain, the next usage adds the person again.</li>
        <li>The audit trail records what was removed.</li>
      </ul>
      <FormButtons button="Remove" variant="danger" back={back} />
    </Form>
  );
}
