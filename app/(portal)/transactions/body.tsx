import { ReceiptText, SearchX } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { SpendChart } from "#components/transactions/spend-chart.tsx";
import { type SpendPart, SpendSplit } from "#components/transactions/spend-split.tsx";
import { SpendingMetrics } from "#components/transactions/spending-metrics.tsx";
import { TransactionFilters } from "#components/transactions/transaction-filters.tsx";
import { TransactionList } from "#components/transactions/transaction-list.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { KeysetPages } from "#components/ui/keyset-pages.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { TabLinks } from "#components/ui/tab-links.tsx";
import { applicationsNamed, suggestApplications } from "#lib/applications/queries.ts";
import { applicationText } from "#lib/applications/rules.ts";
import { OLDEST } from "#lib/keyset.ts";
import { organizationsHref, organizationsSearchParams } from "#lib/organizations/search-params.ts";
import type { Scope } from "#lib/scope/scope.ts";
import type { Settings } from "#lib/settings/queries.ts";
import { SPLIT_PARTS, type TransactionsFigures, transactionsFigures } from "#lib/transactions/figures.ts";
import type { OrganizationChoice, TransactionFilter } from "#lib/transactions/queries/filter.ts";
import {
  bucketDays,
  bucketLabel,
  bucketTick,
  granularityOf,
  PERIOD_LABELS,
  PERIODS,
  topAndRest,
} from "#lib/transactions/rules.ts";
import {
  isFiltered,
  memberLink,
  type TransactionsView,
  transactionsHref,
} from "#lib/transactions/search-params.ts";
import type { Share } from "#lib/transactions/spending.ts";
import { OrganizationNotThere } from "../organization-not-there.tsx";
import { applicationLabel } from "./suggestions.ts";

/** Metrics, charts, filters and list: of everything in the scope, or `within` one organization. */
export async function TransactionsBody({
  scope,
  view,
  path,
  within,
  settings,
  today,
  actions,
}: {
  scope: Scope;
  view: TransactionsView;
  path: string;
  /** An organization of the scope. */
  within: OrganizationChoice | null;
  settings: Settings;
  today: number;
  /** Beside the list's heading. */
  actions?: ReactNode;
}) {
  const figures = await transactionsFigures(scope, view, today, within);
  if (figures === null) {
    return (
      <EmptyState icon={<ReceiptText />} title="No transactions yet">
        Purchases, allocations and spending will appear here.
      </EmptyState>
    );
  }
  const { filter, days, metrics, creditTypes } = figures;
  const { items, newer, older } = figures.list;
  const href = (change: Partial<TransactionsView>) => transactionsHref(view, change, path);
  const custom = view.from !== null || view.to !== null;
  return (
    <>
      <div className="mb-4">
        <TabLinks
          label="Period"
          items={PERIODS.toReversed().map((period) => ({
            href: href({ period, from: null, to: null }),
            label: PERIOD_LABELS[period],
            current: !custom && view.period === period,
          }))}
        />
      </div>
      <TransactionFilters
        view={view}
        path={path}
        memberText={filter.member?.email ?? view.member}
        applicationText={
          filter.application ? applicationText(filter.application) : String(view.application ?? "")
        }
        creditTypes={creditTypes}
        withinOrganization={within !== null}
      />
      <NotThere scope={scope} view={view} filter={filter} within={within} href={href} />
      <SpendingMetrics metrics={metrics} money={figures.money} />
      {days.length > 0 && (
        <Charts view={view} figures={figures} today={today} settings={settings} href={href} />
      )}
      <section aria-label="List" className="mt-6">
        <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
          <h2 className="text-base font-semibold">{isFiltered(view) ? "Matching entries" : "All entries"}</h2>
          {actions}
        </div>
        {items.length === 0 ? (
          <EmptyState
            icon={<SearchX />}
            title="No transaction matches"
            action={
              <SoftLink href={path} className={buttonClass()}>
                Show all transactions
              </SoftLink>
            }
          >
            No transactions match these filters.
          </EmptyState>
        ) : (
          <>
            <TransactionList
              items={items}
              calendar={settings}
              memberLink={memberLink(view, path)}
              showOrganization={within === null}
            />
            <KeysetPages
              first={href({})}
              newer={newer && href({ after: newer })}
              older={older && href({ before: older })}
              last={href({ after: OLDEST })}
            />
          </>
        )}
      </section>
    </>
  );
}

/** A warning when the view names something that does not exist, with what may have been meant. */
function NotThere({
  scope,
  view,
  filter,
  within,
  href,
}: {
  scope: Scope;
  view: TransactionsView;
  filter: TransactionFilter;
  within: OrganizationChoice | null;
  href: (change: Partial<TransactionsView>) => string;
}) {
  if (view.organization !== "" && within === null && filter.organization === null) {
    return (
      <OrganizationNotThere
        scope={scope}
        code={view.organization}
        href={(organization) => href({ organization })}
      />
    );
  }
  if (view.member !== "" && filter.member === null) {
    return (
      <div className="mb-4">
        <Alert tone="warning">
          {/^\d+$/.test(view.member) ? (
            "There is no such member."
          ) : (
            <>
              No member has the e-mail <q className="font-medium">{view.member}</q>.
            </>
          )}
        </Alert>
      </div>
    );
  }
  if (view.application !== null && filter.application === null) {
    return (
      <ApplicationNotThere
        scope={scope}
        application={view.application}
        href={(id) => href({ application: id })}
      />
    );
  }
  return null;
}

function ApplicationNotThere({
  scope,
  application,
  href,
}: {
  scope: Scope;
  application: number | string;
  href: (id: number) => string;
}) {
  const choices = typeof application === "number" ? [] : suggestApplications(scope, application, 6);
  const several = typeof application === "string" && applicationsNamed(scope, application).length > 1;
  return (
    <div className="mb-4">
      <Alert tone="warning">
        {typeof application === "number" ? (
          "There is no such application."
        ) : (
          <>
            {several ? "More than one application has" : "No application has"} the name{" "}
            <q className="font-medium">{application}</q>.
          </>
        )}
        {choices.length > 0 && (
          <>
            {" "}
            Did you mean:
            <ul className="mt-1 list-disc pl-5">
              {choices.map((choice) => (
                <li key={choice.id}>
                  <Link href={href(choice.id)} prefetch={false} className="underline">
                    {applicationLabel(choice)}
                  </Link>
                </li>
              ))}
            </ul>
          </>
        )}
      </Alert>
    </div>
  );
}

function Charts({
  view,
  figures,
  today,
  settings,
  href,
}: {
  view: TransactionsView;
  figures: TransactionsFigures;
  today: number;
  settings: Settings;
  href: (change: Partial<TransactionsView>) => string;
}) {
  const { filter, days, byCreditType: byType, byApplication, organizations } = figures;
  const { spent } = figures.metrics;
  const firstSpent = days[0]?.day ?? today;
  const lastSpent = days.at(-1)?.day ?? today;
  const from = filter.range.from ?? firstSpent;
  const to = Math.max(Math.min(filter.range.to ?? today, today), lastSpent, from);
  const granularity = granularityOf(from, to);
  const buckets = bucketDays(days, from, to, granularity);
  const parts = (shares: readonly Share[], link: (share: Share) => string): SpendPart[] => {
    const { top, rest, others } = topAndRest(shares, SPLIT_PARTS);
    return withRest(top, rest, others, link);
  };
  const shown = organizations.reduce((sum, one) => sum + one.spent, 0n);
  return (
    <>
      {byType.length > 1 && (
        <p className="mb-4 text-[0.8125rem] text-muted">
          This total mixes {byType.length} credit types. View one:{" "}
          {byType.map((type, index) => (
            <span key={type.id}>
              {index > 0 && ", "}
              <SoftLink
                href={href({ type: type.id })}
                scroll={false}
                className="rounded-sm underline underline-offset-2 hover:text-ink"
              >
                {type.label}
              </SoftLink>
            </span>
          ))}
          .
        </p>
      )}
      <SpendChart
        title={`Spent per ${granularity}`}
        bars={buckets.map((bucket) => ({
          label: bucketLabel(bucket, granularity, settings.dateFormat),
          tick: bucketTick(bucket, granularity),
          spent: bucket.spent,
          href: href({ period: "all", from: bucket.from, to: bucket.to }),
        }))}
      />
      <div className="mt-3 grid items-start gap-3 lg:grid-cols-2">
        {organizations.length > 0 && (
          <SpendSplit
            title="By organization"
            heading="Organization"
            whole={spent}
            parts={withRest(organizations, spent - shown, null, ({ code }) =>
              href({ organization: code ?? "" }),
            )}
          />
        )}
        <div className="grid min-w-0 gap-3">
          {byApplication.length > 0 && (
            <SpendSplit
              title="By application"
              heading="Application"
              whole={spent}
              parts={parts(byApplication, ({ id }) => href({ application: id }))}
            />
          )}
          {byType.length > 0 && (
            <SpendSplit
              title="By credit type"
              heading="Credit type"
              whole={spent}
              parts={parts(byType, ({ id }) => href({ type: id }))}
            />
          )}
        </div>
      </div>
      {figures.tagKeys.length > 0 && (
        <TagSplit keys={figures.tagKeys} byTag={figures.byTag} whole={spent} href={(by) => href({ by })} />
      )}
      {isFiltered(view) && view.kind !== "all" && (
        <p className="mt-2 text-[0.8125rem] text-muted">
          Totals and charts show spending net of reversals. “Kind” filters only the list.
        </p>
      )}
    </>
  );
}

/** Spending by the values of a key of the organizations' tags; the keys are links. */
function TagSplit({
  keys,
  byTag,
  whole,
  href,
}: {
  keys: readonly string[];
  byTag: TransactionsFigures["byTag"];
  whole: bigint;
  href: (key: string | null) => string;
}) {
  const offered = byTag && !keys.includes(byTag.key) ? [byTag.key, ...keys] : keys;
  return (
    <section aria-label="By tag" className="mt-3 grid gap-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-[0.8125rem] text-muted">
        <span>Split by tag:</span>
        {offered.map((key) => (
          <SoftLink
            key={key}
            href={href(key)}
            scroll={false}
            aria-current={byTag?.key === key ? "true" : undefined}
            className="rounded-sm break-all underline underline-offset-2 hover:text-ink aria-[current]:font-medium aria-[current]:text-ink aria-[current]:no-underline"
          >
            {key}
          </SoftLink>
        ))}
        {byTag && (
          <SoftLink
            href={href(null)}
            scroll={false}
            className="rounded-sm underline underline-offset-2 hover:text-ink"
          >
            Hide
          </SoftLink>
        )}
      </div>
      {byTag && (
        <SpendSplit
          title={`By ${byTag.key}`}
          heading={byTag.key}
          whole={whole}
          parts={tagParts(byTag, whole)}
        />
      )}
    </section>
  );
}

/** The parts add up to the whole: the smaller ones are together, and the rest has no tag of the key. */
function tagParts({ key, shares }: NonNullable<TransactionsFigures["byTag"]>, whole: bigint): SpendPart[] {
  const { top, rest, others } = topAndRest(shares, SPLIT_PARTS);
  const parts: SpendPart[] = top.map(({ tags, label, spent }) => ({
    key: tags.join(" "),
    label,
    spent,
    href: organizationsHref({ ...organizationsSearchParams.defaults, tag: tags }),
  }));
  if (rest > 0n) {
    parts.push({
      key: "rest",
      label: others === 1 ? "1 other" : `${others} others`,
      spent: rest,
      href: null,
    });
  }
  const none = whole - shares.reduce((sum, { spent }) => sum + spent, 0n);
  if (none !== 0n) parts.push({ key: "none", label: `No ${key}`, spent: none, href: null });
  return parts;
}

function withRest(
  top: readonly Share[],
  rest: bigint,
  others: number | null,
  link: (share: Share) => string,
): SpendPart[] {
  const parts = top.map(
    (share): SpendPart => ({
      key: String(share.id),
      label: share.label,
      detail: share.code ?? undefined,
      spent: share.spent,
      href: link(share),
    }),
  );
  if (rest <= 0n) return parts;
  return [
    ...parts,
    { key: "rest", label: others === null ? "All others" : `${others} others`, spent: rest, href: null },
  ];
}
