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
  /** The person has no other membership. */
  isLast: boolean;
  back: string;
  action: FormAction;
}) {
  return (
    <Form action={action} fields={{ id: String(id) }} back={back}>
      <ul className="list-disc space-y-1 pl-5 text-left text-muted">
        <li>Usage by this member in the organization is refused from then on.</li>
        {isLast && <li>It is the last membership of this person, who is removed with it.</li>}
        <li>An organization that approves the e-mail’s domain adds the person again with the next usage.</li>
        <li>The audit trail keeps what was removed. Somebody who has spent cannot be removed.</li>
      </ul>
      <FormButtons button="Remove" variant="danger" back={back} />
    </Form>
  );
}
