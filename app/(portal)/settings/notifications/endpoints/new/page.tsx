import type { Metadata } from "next";
import { CreateEndpointForm } from "#components/notifications/endpoint-forms.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { eventFieldValues } from "#lib/outbox/rules/choice.ts";
import { ALL_ALERTS } from "#lib/outbox/rules/events.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { createEndpointAction } from "../../actions.ts";

export const metadata: Metadata = { title: "Add an endpoint" };

/** This is a page and not a dialog, because a click beside a dialog would close it, and the secret is shown only once. */
export default async function NewEndpointPage() {
  await requireUser("/settings/notifications/endpoints/new", "owner");
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title="Add an endpoint" />
      <Card>
        <CreateEndpointForm
          events={eventFieldValues([ALL_ALERTS])}
          back="/settings/notifications"
          action={createEndpointAction}
        />
      </Card>
    </div>
  );
}
