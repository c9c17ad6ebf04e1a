import type { ReactNode } from "react";
import { type AlertRights, RemedyLink, remedyOf } from "#components/alerts/remedy.tsx";
import { refusalWords } from "#components/refusals/words.ts";
import { Icon } from "#components/ui/icon.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import type { AlertItem } from "#lib/alerts/rules/item.ts";
import { figuresText, subjectText } from "#lib/alerts/rules/words.ts";
import { creditTypeHref } from "#lib/credit-types/search-params.ts";
import { formatCount } from "#lib/credits.ts";
import type { Attention, Refused } from "#lib/overview/attention.ts";
import type { AttentionTopic } from "#lib/overview/rules/attention.ts";

const TOPIC_LABELS: Record<AttentionTopic, string> = {
  data: "Data",
  running_dry: "Runs out",
  pool_low: "Pool low",
  allowance: "Allowance",
  api_key: "API key",
  backup: "Backup",
  unusual: "Unusual",
  access: "Access",
};

/** The topics before the refusals: they tell why requests are refused, or soon will be. */
const STOPS_USAGE: readonly AttentionTopic[] = ["data", "running_dry", "pool_low", "allowance"];

/** The path of the page, to which the forms of the remedies lead back. */
const BACK = "/overview";

const organizationHref = (code: string) => `/organizations/${encodeURIComponent(code)}`;

/** What needs attention first, each with its one remedy. */
export function AttentionList({ attention, rights }: { attention: Attention; rights: AlertRights }) {
  const { topics, refused, suspended } = attention;
  if (topics.length + refused.length + suspended.length === 0) {
    return (
      <p className="flex items-center gap-2 rounded-lg border border-line bg-surface px-4 py-3 text-muted shadow-card">
        <Icon name="circle-check" className="text-success" />
        Nothing needs your attention.
      </p>
    );
  }
  const urgent = topics.filter(({ topic }) => STOPS_USAGE.includes(topic));
  const others = topics.filter(({ topic }) => !STOPS_USAGE.includes(topic));
  return (
    <ul className="divide-y divide-line rounded-lg border border-line bg-surface shadow-card">
      {urgent.flatMap((one) => itemsOf(one, rights))}
      {refused.map((one) => (
        <RefusedItem key={`${one.organization?.id} ${one.code}`} refused={one} />
      ))}
      {suspended.map(({ id, name }) => (
        <Item
          key={`webhook ${id}`}
          topic="Webhook"
          remedy={{ href: `/settings/notifications/endpoints/${id}`, label: "See endpoint", subject: name }}
        >
          <span className="font-medium">{name}</span> is suspended: nothing is sent to it.
        </Item>
      ))}
      {others.flatMap((one) => itemsOf(one, rights))}
      {topics.length > 0 && (
        <li className="px-4 py-2">
          <SoftLink
            href="/alerts"
            className="inline-block rounded-sm py-1 text-[0.8125rem] text-accent hover:underline"
          >
            All open alerts
          </SoftLink>
        </li>
      )}
    </ul>
  );
}

const itemsOf = ({ topic, alerts }: Attention["topics"][number], rights: AlertRights) =>
  alerts.map((alert) => (
    <Item key={alert.id} topic={TOPIC_LABELS[topic]} remedy={remedyOf(alert, rights, BACK)}>
      <Subject href={hrefOf(alert)}>{subjectText(alert)}</Subject>: {figuresText(alert)}.
    </Item>
  ));

function RefusedItem({ refused: { organization, code, requests } }: { refused: Refused }) {
  const query = new URLSearchParams({ ...(organization && { organization: organization.code }), code });
  return (
    <Item
      topic="Refused"
      remedy={{
        href: `/refusals?${query}`,
        label: "See refusals",
        subject: `of ${organization?.name ?? "unknown organizations"}`,
      }}
    >
      <Subject href={organization && organizationHref(organization.code)}>
        {organization?.name ?? "No organization"}
      </Subject>
      : {formatCount(requests)} {requests === 1 ? "request was" : "requests were"} refused within 24 hours, “
      {refusalWords(code)}”.
    </Item>
  );
}

function Item({
  topic,
  remedy,
  children,
}: {
  topic: string;
  remedy: ReturnType<typeof remedyOf>;
  children: ReactNode;
}) {
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1.5 px-4 py-2 sm:min-h-12 sm:grid-cols-[5.5rem_minmax(0,1fr)_auto]">
      <span className="badge badge-amber justify-self-start max-sm:col-span-2">{topic}</span>
      <p className="figures min-w-0 wrap-anywhere">{children}</p>
      {remedy && <RemedyLink remedy={remedy} />}
    </li>
  );
}

function Subject({ href, children }: { href: string | null; children: ReactNode }) {
  if (href === null) return <span className="font-medium">{children}</span>;
  return (
    <SoftLink href={href} className="rounded-sm font-medium hover:underline">
      {children}
    </SoftLink>
  );
}

/** The page of what an alert is about; null where it has none. */
function hrefOf({ member, creditType, organization }: AlertItem): string | null {
  if (member) return `/members/${member.id}`;
  if (creditType) return creditTypeHref(creditType.id);
  return organization && organizationHref(organization.code);
}
