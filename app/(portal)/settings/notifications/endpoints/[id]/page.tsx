import type { Metadata } from "next";
import Link from "next/link";
import { DeliveryList } from "#components/notifications/delivery-list.tsx";
import {
  EditEndpointForm,
  EndpointButton,
  RotateSecretForm,
} from "#components/notifications/endpoint-forms.tsx";
import { EndpointState } from "#components/notifications/endpoint-list.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { KeysetPages } from "#components/ui/keyset-pages.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { OLDEST } from "#lib/keyset.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { formatDateTime } from "#lib/time.ts";
import { type Endpoint, endpointUrl, listDeliveries } from "#lib/webhooks/queries.ts";
import { ENDPOINT_KINDS, endpointFormValues } from "#lib/webhooks/rules/endpoints.ts";
import { deliveriesSearchParams } from "#lib/webhooks/search-params.ts";
import {
  pauseOrResumeAction,
  rotateSecretAction,
  sendAgainAction,
  sendTestAction,
  updateEndpointAction,
} from "../../actions.ts";
import { endpointOfPage } from "./endpoint.ts";

type Props = { params: Promise<{ id: string }>; searchParams: Promise<RawSearchParams> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { name } = await endpointOfPage(params);
  return { title: name };
}

export default async function EndpointPage({ params, searchParams }: Props) {
  const endpoint = await endpointOfPage(params);
  const { id, name, kind, state } = endpoint;
  const path = `/settings/notifications/endpoints/${id}`;
  const view = deliveriesSearchParams.decode(await searchParams);
  const calendar = getSettings();
  const { items, older, newer } = listDeliveries(id, view);
  const href = (change: Partial<typeof view>) =>
    path + deliveriesSearchParams.encode({ before: null, after: null, ...change });
  return (
    <div className="mx-auto grid max-w-4xl gap-6">
      <div className="-mb-6">
        <PageHeader
          title={
            <span className="flex flex-wrap items-center gap-2">
              {name} <EndpointState {...endpoint} />
            </span>
          }
          description={
            <>
              {ENDPOINT_KINDS[kind]} ·{" "}
              <span className="font-mono text-[0.8125rem] break-all">{endpoint.url}</span>
              <br />
              <SoftLink href="/settings/notifications" className="rounded-sm underline underline-offset-2">
                All notifications
              </SoftLink>{" "}
              · added {formatDateTime(endpoint.createdAt, calendar)} by {endpoint.owner ?? "the command line"}
            </>
          }
          actions={
            <>
              <EndpointButton id={id} label="Send test" action={sendTestAction} />
              {state === "paused" ? (
                <EndpointButton
                  id={id}
                  fields={{ to: "active" }}
                  label="Resume"
                  variant="primary"
                  action={pauseOrResumeAction}
                />
              ) : (
                <EndpointButton
                  id={id}
                  fields={{ to: "paused" }}
                  label="Pause"
                  action={pauseOrResumeAction}
                />
              )}
              <Link href={`${path}/remove`} prefetch={false} className={buttonClass({ variant: "danger" })}>
                Remove
              </Link>
            </>
          }
        />
      </div>
      <Condition endpoint={endpoint} />
      <Card>
        <h2 className="mb-4 font-semibold">Deliveries</h2>
        {items.length > 0 ? (
          <DeliveryList
            deliveries={items}
            calendar={calendar}
            back={href({ before: view.before, after: view.after })}
            sendAgain={sendAgainAction}
          />
        ) : (
          <p className="text-muted">
            Nothing was sent yet. “Send test” sends a test now. Deliveries are kept for 30 days.
          </p>
        )}
        <KeysetPages
          first={href({})}
          newer={newer && href({ after: newer })}
          older={older && href({ before: older })}
          last={href({ after: OLDEST })}
        />
      </Card>
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Card>
          <h2 className="mb-4 font-semibold">Address and events</h2>
          <EditEndpointForm
            id={id}
            values={endpointFormValues({ name, url: endpointUrl(id) ?? "", events: endpoint.events })}
            action={updateEndpointAction}
          />
        </Card>
        {kind === "webhook" && (
          <Card>
            <h2 className="mb-2 font-semibold">Secret</h2>
            <RotateSecretForm id={id} action={rotateSecretAction} />
          </Card>
        )}
      </div>
    </div>
  );
}

/** What its owner should know: it is suspended, it is paused, or it fails. */
function Condition({ endpoint }: { endpoint: Endpoint }) {
  const { id, state, stateReason, failures, failingSince, waiting } = endpoint;
  const waits = waiting === 1 ? "1 event waits." : `${waiting} events wait.`;
  if (state === "resting") {
    return (
      <Alert tone="warning">
        <p>
          It is suspended: nothing is sent to it. {stateReason} {waits}
        </p>
        <div className="mt-2">
          <EndpointButton
            id={id}
            fields={{ to: "active" }}
            label="Resume"
            variant="primary"
            action={pauseOrResumeAction}
          />
        </div>
      </Alert>
    );
  }
  if (state === "paused") {
    return (
      <Alert tone="info">It is paused: nothing is sent to it, and new events are not stored for it.</Alert>
    );
  }
  if (failures === 0 || failingSince === null) return null;
  return (
    <Alert tone="warning">
      {failures === 1 ? "The last try" : `The last ${failures} tries`} failed, since{" "}
      {formatDateTime(failingSince, getSettings())}. After a day it is suspended. {waits}
    </Alert>
  );
}
