import { ReceiptText, SearchX } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { SpendingMetrics } from "#components/transactions/spending-metrics.tsx";
import { TransactionFilters } from "#components/transactions/transaction-filters.tsx";
import { TransactionList } from "#components/transactions/transaction-list.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { KeysetPages } from "#components/ui/keyset-pages.tsx";
import { Segments } from "#components/ui/segments.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { applicationsNamed, suggestApplications } from "#lib/applications/queries.ts";
import { applicationText } from "#lib/applications/rules.ts";
import { OLDEST } from "#lib/keyset.ts";
import type { NamedOrganization } from "#lib/organization-codes/queries.ts";
import type { Scope } from "#lib/scope/scope.ts";
import type { Settings } from "#lib/settings/queries.ts";
import { formatDate } from "#lib/time.ts";
import { type ListFigures, listFigures } from "#lib/transactions/figures.ts";
import type { TransactionFilter } from "#lib/transactions/queries/filter.ts";
import { PERIOD_LABELS, PERIODS } from "#lib/transactions/rules/periods.ts";
import {
  memberLink,
  TABS,
  type TransactionsView,
  transactionsHref,
} from "#lib/transactions/search-params.ts";
import { spendingFigures } from "#lib/transactions/spending-figures.ts";
import { OrganizationNotThere } from "../organization-not-there.tsx";
import { SpendingTab } from "./spending-tab.tsx";
import { applicationLabel, peopleMeant } from "./suggestions.ts";

const TAB_LABELS = { list: "List", spending: "Spending" };

/** Tabs, filters and figures with the list or the spending: of everything in the scope, or `within` one organization. */
export async function TransactionsBody({
  scope,
  view,
  path,
  within,
  settings,
  today,
  exportHref,
  actions,
}: {
  scope: Scope;
  view: TransactionsView;
  path: string;
  /** An organization of the scope. */
  within: NamedOrganization | null;
  settings: Settings;
  today: number;
  /** The link to the view as a file. */
  exportHref: string;
  /** Beside the tabs. */
  actions?: ReactNode;
}) {
  const tab =
    view.tab === "list"
      ? { list: await listFigures(scope, view, today, within), spending: null }
      : { list: null, spending: await spendingFigures(scope, view, today, within) };
  const figures = tab.list ?? tab.spending;
  if (figures === null) {
    return (
      <EmptyState icon={<ReceiptText />} title="No transactions yet">
        Purchases, allocations and spending will appear here.
      </EmptyState>
    );
  }
  const { filter, metrics, creditTypes } = figures;
  const href = (change: Partial<TransactionsView>) => transactionsHref(view, change, path);
  const isCustom = view.from !== null || view.to !== null;
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-x-3 gap-y-2">
        <Segments
          label="View"
          items={TABS.map((tab) => ({
            href: href({ tab }),
            label: TAB_LABELS[tab],
            current: tab === view.tab,
          }))}
        />
        <Segments
          label="Period"
          items={PERIODS.toReversed().map((period) => ({
            href: href({ period, from: null, to: null }),
            label: PERIOD_LABELS[period],
            current: !isCustom && view.period === period,
          }))}
        />
        {actions && <div className="ml-auto flex flex-wrap gap-2">{actions}</div>}
      </div>
      <TransactionFilters
        view={view}
        path={path}
        today={today}
        dateFormat={settings.dateFormat}
        memberText={filter.member?.email ?? view.member}
        applicationText={
          filter.application ? applicationText(filter.application) : String(view.application ?? "")
        }
        keyName={filter.key?.name ?? null}
        creditTypes={creditTypes}
        hasTags={figures.hasTags || view.tag.length > 0}
        withinOrganization={within !== null}
      />
      <NotThere scope={scope} view={view} filter={filter} within={within} href={href} />
      <SpendingMetrics metrics={metrics} money={figures.money} />
      {tab.list && <List view={view} figures={tab.list} path={path} settings={settings} within={within} />}
      {tab.spending && (
        <SpendingTab
          view={view}
          figures={tab.spending}
          settings={settings}
          path={path}
          href={href}
          fileHref={`${exportHref}${exportHref.includes("?") ? "&" : "?"}format=spending`}
        />
      )}
      <p className="mt-3 text-[0.8125rem] text-muted">Times are in {settings.timeZone}.</p>
    </>
  );
}

function List({
  view,
  figures,
  path,
  settings,
  within,
}: {
  view: TransactionsView;
  figures: ListFigures;
  path: string;
  settings: Settings;
  within: NamedOrganization | null;
}) {
  const { items, newer, older, searchedTo } = figures.list;
  const href = (change: Partial<TransactionsView>) => transactionsHref(view, change, path);
  const pages = (
    <KeysetPages
      first={href({})}
      newer={newer && href({ after: newer })}
      older={older && href({ before: older })}
      last={href({ after: OLDEST })}
    />
  );
  if (items.length === 0 && searchedTo) {
    return (
      <section aria-label="List">
        <EmptyState icon={<SearchX />} title="No transaction matches so far">
          {searchedText(view, searchedTo, settings)}
        </EmptyState>
        {pages}
      </section>
    );
  }
  if (items.length === 0) {
    return (
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
    );
  }
  return (
    <section aria-label="List">
      <TransactionList
        items={items}
        calendar={settings}
        memberLink={memberLink(view, path)}
        showOrganization={within === null}
      />
      {searchedTo && (
        <p className="mt-3 text-[0.8125rem] text-muted">{searchedText(view, searchedTo, settings)}</p>
      )}
      {pages}
    </section>
  );
}

/** How far a search went that was not complete. */
function searchedText({ after }: TransactionsView, searchedTo: Date, settings: Settings): string {
  const day = formatDate(searchedTo, settings);
  return after
    ? `The search went on to ${day}. “Newer” searches from there.`
    : `The search went back to ${day}. “Older” searches from there.`;
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
  within: NamedOrganization | null;
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
    return <MemberNotThere scope={scope} member={view.member} href={(id) => href({ member: String(id) })} />;
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

async function MemberNotThere({
  scope,
  member,
  href,
}: {
  scope: Scope;
  member: string;
  href: (id: number) => string;
}) {
  const isId = /^\d+$/.test(member);
  const choices = isId ? [] : await peopleMeant(scope, member, 6);
  return (
    <div className="mb-4">
      <Alert tone="warning">
        {isId ? (
          "There is no such member."
        ) : (
          <>
            No member has the email <q className="font-medium">{member}</q>.
          </>
        )}
        {choices.length > 0 && (
          <>
            {" "}
            Did you mean:
            <ul className="mt-1 list-disc pl-5">
              {choices.map(({ id, name, email }) => (
                <li key={id}>
                  <Link href={href(id)} prefetch={false} className="underline">
                    {name} ({email})
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
