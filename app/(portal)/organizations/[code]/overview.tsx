import { ChartColumn } from "lucide-react";
import Link from "next/link";
import { SpendChart } from "#components/transactions/spend-chart.tsx";
import { SpendSplit } from "#components/transactions/spend-split.tsx";
import { TransactionList } from "#components/transactions/transaction-list.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import type { OrganizationDetail } from "#lib/organizations/queries/organizations.ts";
import type { Settings } from "#lib/settings/queries.ts";
import type { OrganizationFigures } from "#lib/transactions/figures.ts";
import { bucketDays, bucketLabel, bucketTick } from "#lib/transactions/rules/periods.ts";
import {
  memberLink,
  type TransactionsView,
  transactionsHref,
  transactionsSearchParams,
} from "#lib/transactions/search-params.ts";
import { organizationPath } from "./code.ts";

/** What an organization spent recently, who and what spent it, and its latest transactions. */
export function OrganizationActivity({
  organization,
  figures,
  settings,
  today,
}: {
  organization: OrganizationDetail;
  figures: OrganizationFigures;
  settings: Settings;
  today: number;
}) {
  const path = `${organizationPath(organization.code)}/transactions`;
  const view = { ...transactionsSearchParams.defaults, period: "30-days" as const };
  const href = (change: Partial<TransactionsView>) => transactionsHref(view, change, path);
  const { range, days, applications, members, spentThisMonth, latest } = figures;
  if (latest.length === 0) {
    return (
      <div className="mt-6">
        <EmptyState icon={<ChartColumn />} title="No activity yet">
          Spending will be charted here.
        </EmptyState>
      </div>
    );
  }
  const spent = days.reduce((sum, day) => sum + day.spent, 0n);
  return (
    <>
      <div className="mt-6 grid gap-3">
        <SpendChart
          title="Spent per day, last 30 days"
          bars={bucketDays(days, range.from ?? today, today, "day").map((bucket) => ({
            label: bucketLabel(bucket, "day", settings.dateFormat),
            tick: bucketTick(bucket, "day"),
            spent: bucket.spent,
            href: href({ period: "all", from: bucket.from, to: bucket.to }),
          }))}
        />
        <div className="grid items-start gap-3 grid-cols-[repeat(auto-fit,minmax(min(21rem,100%),1fr))]">
          <SpendSplit
            title="Top members, this month"
            heading="Member"
            whole={spentThisMonth}
            parts={members.map((member) => ({
              key: String(member.id),
              label: member.name,
              detail: member.email,
              spent: member.spent,
              href: href({ period: "this-month", member: String(member.id) }),
            }))}
          />
          <SpendSplit
            title="Top applications, last 30 days"
            heading="Application"
            whole={spent}
            parts={applications.map((application) => ({
              key: String(application.id),
              label: application.label,
              spent: application.spent,
              href: href({ application: application.id }),
            }))}
          />
        </div>
      </div>
      <div className="mt-8 mb-3 flex flex-wrap items-baseline justify-between gap-2">
        <h2 className="text-base font-semibold">Recent transactions</h2>
        <Link
          href={path}
          prefetch={false}
          className="rounded-sm text-[0.8125rem] text-accent hover:underline"
        >
          All transactions
        </Link>
      </div>
      <TransactionList
        items={latest}
        calendar={settings}
        memberLink={memberLink(transactionsSearchParams.defaults, path)}
        showOrganization={false}
      />
    </>
  );
}
