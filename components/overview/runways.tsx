import { SoftLink } from "#components/ui/soft-link.tsx";
import { creditTypeHref } from "#lib/credit-types/search-params.ts";
import type { OrganizationRunway, PoolRunway } from "#lib/overview/runways.ts";
import type { DateFormat } from "#lib/time.ts";
import { RunwayTable } from "./runway-table.tsx";

/** Which organizations and pools run out first, at the pace of the last 30 days. */
export function Runways({
  organizations,
  pools,
  today,
  dateFormat,
  all,
}: {
  organizations: readonly OrganizationRunway[];
  pools: readonly PoolRunway[];
  today: number;
  dateFormat: DateFormat;
  /** The list of all organizations by what is left. */
  all: string;
}) {
  const shared = { today, dateFormat };
  return (
    <div className="grid items-start gap-3 grid-cols-[repeat(auto-fit,minmax(min(28rem,100%),1fr))]">
      <RunwayTable
        {...shared}
        title="Organizations"
        left="Balance"
        nothing="No organization has spent in the last 30 days."
        rows={organizations.map(({ organization, runway }) => ({
          key: organization.id,
          name: organization.name,
          detail: organization.creditTypeName,
          href: `/organizations/${encodeURIComponent(organization.code)}`,
          left: organization.balance,
          spent: organization.spentLast30Days,
          runway,
        }))}
        more={
          <SoftLink
            href={all}
            className="mt-2 inline-block rounded-sm py-1 text-[0.8125rem] text-accent hover:underline"
          >
            All organizations by runway
          </SoftLink>
        }
      />
      {pools.length > 0 && (
        <RunwayTable
          {...shared}
          title="Pools"
          left="Available"
          nothing=""
          rows={pools.map(({ pool, spentLast30Days, runway }) => ({
            key: pool.id,
            name: pool.name,
            detail: "",
            href: creditTypeHref(pool.id),
            left: pool.available,
            spent: spentLast30Days,
            runway,
          }))}
        />
      )}
    </div>
  );
}
