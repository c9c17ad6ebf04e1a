import { Building2, SearchX } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { CreateOrganization } from "#components/organizations/create-organization.tsx";
import { OrganizationCard } from "#components/organizations/organization-card.tsx";
import { OrganizationFilters } from "#components/organizations/organization-filters.tsx";
import { OrganizationMetrics } from "#components/organizations/organization-metrics.tsx";
import { OrganizationTable } from "#components/organizations/organization-table.tsx";
import { StatusForm } from "#components/organizations/status-form.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { Pagination } from "#components/ui/pagination.tsx";
import { TabLinks } from "#components/ui/tab-links.tsx";
import { hasRole } from "#lib/actor.ts";
import { creditTypeOptions } from "#lib/credit-types/queries.ts";
import { formatCount } from "#lib/credits.ts";
import {
  enterpriseTotals,
  listOrganizations,
  PAGE_SIZE,
  totalsByCreditType,
} from "#lib/organizations/queries.ts";
import {
  type OrganizationsView,
  organizationsHref,
  organizationsSearchParams,
} from "#lib/organizations/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { changeStatusAction, createOrganizationAction } from "./actions.ts";

type Props = { searchParams: Promise<RawSearchParams> };

const STATUS_LABELS = { all: "All", active: "Active", inactive: "Inactive" } as const;

export async function generateMetadata({ searchParams }: Props): Promise<Metadata> {
  const view = organizationsSearchParams.decode(await searchParams);
  const words = [
    view.status === "all" ? "Organizations" : `${STATUS_LABELS[view.status]} organizations`,
    view.q && `matching “${view.q}”`,
    view.page > 1 && `page ${view.page}`,
  ];
  return { title: words.filter(Boolean).join(", ").replace(", matching", " matching") };
}

export default async function OrganizationsPage({ searchParams }: Props) {
  const view = organizationsSearchParams.decode(await searchParams);
  const user = await requireUser(organizationsHref(view, { page: view.page }));
  const mayChange = hasRole(user.role, "admin");
  const calendar = getSettings();
  const byCreditType = totalsByCreditType();
  const totals = enterpriseTotals(byCreditType);
  const { items, counts, page, pages } = listOrganizations(view, byCreditType);
  const exportHref = organizationsHref(view, {}, "/organizations/export");

  return (
    <>
      <PageHeader
        title="Organizations"
        actions={
          <>
            {mayChange && (
              <Link href="/organizations/import" prefetch={false} className={buttonClass()}>
                Import CSV
              </Link>
            )}
            {totals.organizations > 0 && (
              <a href={exportHref} download className={buttonClass()}>
                Export CSV
              </a>
            )}
            {mayChange && (
              <CreateOrganization creditTypes={creditTypeOptions()} action={createOrganizationAction} />
            )}
          </>
        }
      />
      <OrganizationMetrics totals={totals} byCreditType={byCreditType} />
      {totals.organizations === 0 ? (
        <FirstSteps hasCreditType={byCreditType.length > 0} mayChange={mayChange} />
      ) : (
        <>
          <div className="mb-4">
            <TabLinks
              label="Status"
              items={(["all", "active", "inactive"] as const).map((status) => ({
                href: organizationsHref(view, { status }),
                label: STATUS_LABELS[status],
                current: view.status === status,
                count: formatCount(counts[status]),
              }))}
            />
          </div>
          <OrganizationFilters view={view} creditTypes={byCreditType.map(({ id, name }) => ({ id, name }))} />
          <h2 className="sr-only">{STATUS_LABELS[view.status]} organizations</h2>
          {items.length === 0 ? (
            <NothingFound view={view} />
          ) : (
            <>
              {mayChange && (
                <StatusForm
                  items={items.map(({ id, name }) => ({ id, name }))}
                  total={counts[view.status]}
                  viewQuery={organizationsSearchParams.encode({ ...view, page: 1 })}
                  back={organizationsHref(view, { page })}
                  action={changeStatusAction}
                />
              )}
              {view.view === "table" ? (
                <OrganizationTable items={items} view={view} calendar={calendar} mayChange={mayChange} />
              ) : (
                <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(18.5rem,100%),1fr))] gap-3">
                  {items.map((organization) => (
                    <li key={organization.id} className="grid">
                      <OrganizationCard
                        organization={organization}
                        calendar={calendar}
                        mayChange={mayChange}
                      />
                    </li>
                  ))}
                </ul>
              )}
              <Pagination
                page={page}
                pages={pages}
                total={counts[view.status]}
                pageSize={PAGE_SIZE}
                href={(number) => organizationsHref(view, { page: number })}
              />
            </>
          )}
        </>
      )}
    </>
  );
}

function NothingFound({ view }: { view: OrganizationsView }) {
  return (
    <EmptyState
      icon={<SearchX />}
      title="No organization matches"
      action={
        <Link
          href={organizationsHref({
            ...organizationsSearchParams.defaults,
            sort: view.sort,
            view: view.view,
          })}
          className={buttonClass()}
        >
          Show all organizations
        </Link>
      }
    >
      {view.q ? (
        <>
          Nothing has <q className="font-medium break-words">{view.q}</q> in its name or code under these
          filters.
        </>
      ) : (
        "Nothing is left under these filters."
      )}
    </EmptyState>
  );
}

function FirstSteps({ hasCreditType, mayChange }: { hasCreditType: boolean; mayChange: boolean }) {
  if (!mayChange) return <EmptyState icon={<Building2 />} title="No organizations yet" />;
  return hasCreditType ? (
    <EmptyState
      icon={<Building2 />}
      title="No organizations yet"
      action={
        <>
          <Link href="/organizations/new" className={buttonClass({ variant: "primary" })}>
            Create the first organization
          </Link>
          <Link href="/organizations/import" className={buttonClass()}>
            Import a CSV file
          </Link>
        </>
      }
    >
      Departments, schools and business units stand here once they are created or imported.
    </EmptyState>
  ) : (
    <EmptyState
      icon={<Building2 />}
      title="Start with a credit type"
      action={
        <Link href="/credit-types/new" className={buttonClass({ variant: "primary" })}>
          Add a credit type
        </Link>
      }
    >
      Organizations draw their credits from a credit type. Add one, then create or import organizations.
    </EmptyState>
  );
}
