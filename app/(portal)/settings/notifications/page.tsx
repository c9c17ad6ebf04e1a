import { Webhook } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { EndpointList } from "#components/notifications/endpoint-list.tsx";
import { TestMailForm } from "#components/notifications/mail-forms.tsx";
import { SettingsHeader } from "#components/settings/settings-header.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { Email } from "#components/ui/email.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { MisreadNote } from "#components/ui/misread-note.tsx";
import { Pagination } from "#components/ui/pagination.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { NO_ROLE_LABEL } from "#lib/actor.ts";
import { config } from "#lib/config.ts";
import { listRecipients, RECIPIENTS_PAGE_SIZE, type Recipient } from "#lib/mail/recipients.ts";
import { FREQUENCIES } from "#lib/mail/rules/preferences.ts";
import { recipientsHref, recipientsSearchParams } from "#lib/mail/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { listEndpoints } from "#lib/webhooks/queries.ts";
import { patternsWords } from "#lib/webhooks/rules/endpoints.ts";
import { sendTestMailAction } from "./actions.ts";

export const metadata: Metadata = { title: "Notifications" };

const PATH = "/settings/notifications";

type Props = { searchParams: Promise<RawSearchParams> };

export default async function NotificationsPage({ searchParams }: Props) {
  const raw = await searchParams;
  const { page } = recipientsSearchParams.decode(raw);
  await requireUser(recipientsHref(page), "owner");
  const endpoints = listEndpoints();
  const suspended = endpoints.filter(({ state }) => state === "resting");
  return (
    <>
      <SettingsHeader tab="notifications" />
      <MisreadNote misread={recipientsSearchParams.misread(raw)} />
      <div className="grid max-w-4xl gap-6">
        {suspended.map(({ id, name, stateReason }) => (
          <Alert key={id} tone="warning">
            <SoftLink href={`${PATH}/endpoints/${id}`} className="font-medium underline underline-offset-2">
              {name}
            </SoftLink>{" "}
            is suspended: nothing is sent to it. {stateReason}
          </Alert>
        ))}
        <Card>
          <div className="mb-4 flex flex-wrap items-start justify-between gap-3">
            <div>
              <h2 className="font-semibold">Endpoints</h2>
              <p className="text-muted">
                Addresses to which events are sent: webhooks, Slack, Microsoft Teams.
              </p>
            </div>
            <Link
              href={`${PATH}/endpoints/new`}
              prefetch={false}
              className={buttonClass({ variant: "primary" })}
            >
              Add an endpoint
            </Link>
          </div>
          {endpoints.length > 0 ? (
            <EndpointList endpoints={endpoints} calendar={getSettings()} path={PATH} />
          ) : (
            <EmptyState icon={<Webhook />} title="No endpoints yet">
              With an endpoint, another system learns of low balances, refused requests and changes as soon as
              they happen.
            </EmptyState>
          )}
        </Card>
        <Mails page={page} />
      </div>
    </>
  );
}

function Mails({ page: requested }: { page: number }) {
  const { mail, appUrl } = config();
  const { items, total, page, pages } = listRecipients(requested);
  return (
    <Card>
      <div className="mb-4 flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="font-semibold">Email</h2>
          <p className="wrap-anywhere text-muted">
            {mail
              ? `Sent from ${mail.from.address}. Who gets which events:`
              : "No mail server is configured, so no mails are sent. The operator sets SMTP_URL and MAIL_FROM."}
          </p>
          {mail && !appUrl && (
            <p className="text-muted">Mails have no links until the operator sets APP_URL.</p>
          )}
        </div>
        {mail && <TestMailForm back={recipientsHref(page)} action={sendTestMailAction} />}
      </div>
      <ul className="divide-y divide-line">
        {items.map((recipient) => (
          <Person key={recipient.id} page={page} {...recipient} />
        ))}
      </ul>
      <Pagination
        page={page}
        pages={pages}
        total={total}
        pageSize={RECIPIENTS_PAGE_SIZE}
        href={recipientsHref}
      />
    </Card>
  );
}

function Person({ page, id, email, role, preference, isSet }: Recipient & { page: number }) {
  const { events, frequency } = preference;
  const what =
    events.length === 0 ? "No mails" : `${patternsWords(events)} · ${FREQUENCIES[frequency].toLowerCase()}`;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2 first:pt-0 last:pb-0">
      <span className="min-w-0 font-medium">
        <Email>{email}</Email>
      </span>
      <span className="text-[0.8125rem] text-muted">{role ?? NO_ROLE_LABEL}</span>
      <span className="ml-auto flex items-center gap-3 text-[0.8125rem] text-muted">
        {what}
        {!isSet && " (default)"}
        <SoftLink href={recipientsHref(page, `${PATH}/people/${id}`)} className={buttonClass({ size: "sm" })}>
          Change<span className="sr-only"> the emails of {email}</span>
        </SoftLink>
      </span>
    </li>
  );
}
