import type { Metadata } from "next";
import { headers } from "next/headers";
import { notFound } from "next/navigation";
import { FirstEventStatus } from "#components/api-keys/first-event.tsx";
import { KeyFigures } from "#components/api-keys/key-figures.tsx";
import { KeyHeader } from "#components/api-keys/key-header.tsx";
import { QuickStart } from "#components/api-keys/quick-start.tsx";
import { AuditList } from "#components/audit/audit-list.tsx";
import { organizationHref } from "#components/organizations/organization-rows.ts";
import { RefusalList, type RefusalRights } from "#components/refusals/refusal-list.tsx";
import { RefusedToday } from "#components/refusals/refused-today.tsx";
import { SpendChart } from "#components/transactions/spend-chart.tsx";
import { TransactionList } from "#components/transactions/transaction-list.tsx";
import { Card } from "#components/ui/card.tsx";
import { SectionHeading } from "#components/ui/section-heading.tsx";
import { snapshot } from "#db/statement.ts";
import { hasRole } from "#lib/actor.ts";
import { getApiKey } from "#lib/api-keys/queries.ts";
import { keyUsage } from "#lib/api-keys/usage.ts";
import { changesOf } from "#lib/audit/queries.ts";
import { addDays, firstDay, monthOf } from "#lib/calendar.ts";
import { moneyByType } from "#lib/credit-types/queries.ts";
import { firstActiveMember } from "#lib/members/queries/memberships.ts";
import { ownOrigin } from "#lib/portal-users/auth.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { firstEventOf } from "#lib/refusals/first-event.ts";
import { refusalFilter } from "#lib/refusals/queries/filter.ts";
import { countByReason, latestRefusals } from "#lib/refusals/queries/list.ts";
import { refusalsHref, refusalsSearchParams } from "#lib/refusals/search-params.ts";
import { readRowId } from "#lib/row-id.ts";
import { manages } from "#lib/scope/scope.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { bucketDays, bucketLabel, bucketTick } from "#lib/transactions/rules/periods.ts";
import { memberLink, transactionsHref, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { revokeApiKeyAction } from "../actions.ts";

type Props = { params: Promise<{ id: string }> };

const CHART_DAYS = 30;
const EVENTS = 8;
const REFUSALS = 5;
const CHANGES = 20;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const id = readRowId((await params).id);
  const { scope } = await requireUser(id === null ? "/api-keys" : `/api-keys/${id}`, "grant");
  const key = id === null ? null : getApiKey(scope, id);
  return { title: key ? `${key.name}, API key` : "API key not found" };
}

export default async function ApiKeyPage({ params }: Props) {
  const id = readRowId((await params).id);
  const user = await requireUser(id === null ? "/api-keys" : `/api-keys/${id}`, "grant");
  if (id === null) notFound();
  const { scope } = user;
  const settings = getSettings();
  const today = dayOf(new Date(), settings.timeZone);
  const chartFrom = addDays(today, 1 - CHART_DAYS);
  const refusalsView = { ...refusalsSearchParams.defaults, key: id };
  const page = snapshot(() => {
    const key = getApiKey(scope, id);
    const from = Math.min(chartFrom, firstDay(monthOf(today)));
    const usage = key && keyUsage(scope, id, { from, limit: EVENTS });
    if (!key || !usage) return null;
    return {
      key,
      usage,
      first: firstEventOf(scope, id),
      refusals: latestRefusals(refusalFilter(scope, refusalsView, settings.timeZone), REFUSALS),
      refusedToday: countByReason(refusalFilter(scope, { ...refusalsView, from: today }, settings.timeZone)),
      changes: changesOf({ kind: "api_key", id }, CHANGES, user),
      member: key.organization && firstActiveMember(scope, key.organization.id),
    };
  });
  if (!page) notFound();
  const { key, usage, first, refusals, refusedToday, changes, member } = page;
  const { organization } = key;
  const here = `/api-keys/${id}`;
  const mayChange = organization ? manages(scope, organization.id) : hasRole(user.role, "admin");
  const list = organization ? `${organizationHref(organization.code)}/transactions` : "/transactions";
  const start = {
    origin: ownOrigin(await headers()),
    key: null,
    keyId: id,
    organization: organization?.code ?? null,
    member,
  };
  const rights: RefusalRights = {
    mayAddCredits: hasRole(user.role, "admin"),
    mayManage: (organizationId) => manages(scope, organizationId),
  };
  const isNew = first?.state !== "recorded";
  return (
    <>
      <KeyHeader
        apiKey={key}
        revoke={mayChange && key.status !== "revoked" ? revokeApiKeyAction : null}
        back={here}
      />
      <RefusedToday
        reasons={refusedToday}
        // The list of refusals below has the remedy of each.
        rights={null}
        href={refusalsHref({ ...refusalsView, from: today })}
        back={here}
      />
      <KeyFigures
        apiKey={key}
        spending={usage.spending}
        money={moneyByType()}
        changes={changes}
        today={today}
        settings={settings}
      />

      {isNew && key.status === "active" && first && (
        <Card className="mt-6 grid gap-4">
          <h2 className="text-base font-semibold">Quick start</h2>
          <QuickStart start={start} />
          <FirstEventStatus keyId={id} first={first} />
        </Card>
      )}
      <div className="mt-6 grid gap-3">
        {usage.spending.map(({ creditType, days }) => (
          <SpendChart
            key={creditType.id}
            title={`Spent per day, last 30 days${usage.spending.length > 1 ? `, ${creditType.name}` : ""}`}
            bars={bucketDays(days, chartFrom, today, "day").map((bucket) => ({
              label: bucketLabel(bucket, "day", settings.dateFormat),
              tick: bucketTick(bucket, "day"),
              spent: bucket.spent,
              href: transactionsHref(
                {
                  ...transactionsSearchParams.defaults,
                  from: bucket.from,
                  to: bucket.to,
                  kind: "spending",
                  key: id,
                  ...(!organization && { type: creditType.id }),
                },
                {},
                list,
              ),
            }))}
          />
        ))}
      </div>

      {usage.latest.length > 0 && (
        <>
          <SectionHeading
            title="Last events"
            more={{
              href: transactionsHref({ ...transactionsSearchParams.defaults, key: id }, {}, list),
              label: "All transactions of this key",
            }}
          />
          <TransactionList
            items={usage.latest}
            calendar={settings}
            memberLink={memberLink(transactionsSearchParams.defaults, list)}
            showOrganization={organization === null}
          />
        </>
      )}

      <SectionHeading
        title="Last refusals"
        {...(refusals.length > 0 && {
          more: { href: refusalsHref(refusalsView), label: "All refusals of this key" },
        })}
      />
      {refusals.length === 0 ? (
        <p className="text-muted">No request of this key was refused for reasons of money or rights.</p>
      ) : (
        <RefusalList
          items={refusals}
          calendar={settings}
          rights={rights}
          back={here}
          showOrganization={organization === null}
          showKey={false}
        />
      )}

      <SectionHeading title="Changes" />
      <AuditList items={changes} limit={CHANGES} calendar={settings} />

      {!isNew && key.status === "active" && (
        <details className="mt-8 rounded-lg border border-line bg-surface shadow-card">
          <summary className="rounded-lg px-5 py-3 font-medium">Quick start</summary>
          <div className="border-t border-line p-5">
            <QuickStart start={start} />
          </div>
        </details>
      )}
    </>
  );
}
