import type { Metadata } from "next";
import { RemoveEndpointForm } from "#components/notifications/endpoint-forms.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { removeEndpointAction } from "../../../actions.ts";
import { endpointOfPage } from "../endpoint.ts";

export const metadata: Metadata = { title: "Remove endpoint" };

export default async function RemoveEndpointPage({ params }: { params: Promise<{ id: string }> }) {
  const { id, name, url } = await endpointOfPage(params, "/remove");
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader
        title={`Remove ${name}?`}
        description={<span className="font-mono text-[0.8125rem] break-all">{url}</span>}
      />
      <Card>
        <RemoveEndpointForm
          id={id}
          back={`/settings/notifications/endpoints/${id}`}
          action={removeEndpointAction}
        />
      </Card>
    </div>
  );
}
