import { Building2, SearchX } from "lucide-react";
import type { Metadata } from "next";
import { isFirstRunHidden } from "#app/first-run.ts";
import { lookCookie } from "#app/organizations-look.ts";
import { CreateOrganization } from "#components/organizations/create-organization.tsx";
import { FirstRunList } from "#components/organizations/first-run.tsx";
import { OrganizationCards } from "#components/organizations/organization-cards.tsx";
import { OrganizationFilters } from "#components/organizations/organization-filters.tsx";
import { OrganizationMetrics } from "#components/organizations/organization-metrics.tsx";
import { organizationRows } from "#components/organizations/organization-rows.ts";
import { OrganizationStatusForm } from "#components/organizations/organization-status.tsx";
import { OrganizationTable } from "#components/organizations/organization-table.tsx";
import { STATUS_LABELS } from "#components/organizations/organization-words.ts";
import { packRows } from "#components/organizations/packed-rows.ts";
import { PageSizes } from "#components/organizations/page-sizes.tsx";
import { totalsWorth } from "#components/organizations/totals-worth.ts";
import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ExportLinks } from "#components/ui/export-links.tsx";
import { MisreadNote } from "#components/ui/misread-note.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { Pagination } from "#components/ui/pagination.tsx";
import { QuietMenu } from "#components/ui/quiet-menu.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { TabLinks } from "#components/ui/tab-links.tsx";
import { snapshot } from "#db/statement.ts";
import { hasRole } from "#lib/actor.ts";
import { creditTypeOptions, moneyByType } from "#lib/credit-types/queries.ts";
import { formatCount } from "#lib/credits.ts";
import { firstRun } from "#lib/organizations/first-run.ts";
import { listOrganizations } from "#lib/organizations/queries/list.ts";
import { organizationTotals, totalsByCreditType } from "#lib/organizations/queries/totals.ts";
import {
  type OrganizationsView,
  organizationsHref,
  organizationsSearchParams,
  PAGE_SIZES,
} from "#lib/organizations/search-params.ts";
import { hasTags } from "#lib/organizations/tag-queries.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { isPrint, printHref } from "#lib/print.ts";
import { isWhole } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { hideFirstRunAction } from "../actions.ts";
import { changeStatusAction, changeTagsAction, createOrganizationAction } from "./actions.ts";
import { PrintedOrganizations } from "./printed.tsx";

/** A choice between page sizes that would all show everything is left out. */
const SMALLEST_PAGE = Number(PAGE_SIZES[0]);

type Props = { searchParams: Promise<RawSearchParams> };

export async function generateMetadata({ searchParams }: Props): Promise<Metadata> {
  const view = organizationsSearchParams.decode(await searchParams);
  const words = [
    view.status === "all" ? "Organizations" : `${STATUS_LABELS[view.status]} organizations`,
    view.q && `matching “${view.q}”`,
    view.tag.length > 0 && `tagged ${view.tag.join(" ")}`,
    view.page > 1 && `page ${view.page}`,
  ];
  return { title: words.filter(Boolean).join(", ").replace(", matching", " matching") };
}

export default async function OrganizationsPage({ searchParams }: Props) {
  const raw = await searchParams;
  const view = organizationsSearchParams.decode(raw);
  const misread = organizationsSearchParams.misread(raw);
  const here = organizationsHref(view, { page: view.page });
  const user = await requireUser(isPrint(raw) ? printHref(here) : here, "grant");
  const { scope } = user;
  if (isPrint(raw)) {
    const frame = { settings: getSettings(), back: here, misread };
    return <PrintedOrganizations scope={scope} view={view} frame={frame} />;
  }
  const mayChange = hasRole(user.role, "admin");
  const { byCreditType, list } = snapshot(() => {
    const byCreditType = totalsByCreditType(scope);
    return { byCreditType, list: listOrganizations(scope, view, byCreditType) };
  });
  const totals = organizationTotals(byCreditType);
  const steps = mayChange && !(await isFirstRunHidden()) ? firstRun() : null;
  const { items, counts, page, pages } = list;
  const money = moneyByType();
  const rows = packRows(organizationRows(items, getSettings(), { money, isTable: view.view === "table" }));
  const back = organizationsHref(view, { page });
  const exportHref = organizationsHref(view, {}, "/organizations/export");

  return (
    <>
      <PageHeader
        title="Organizations"
        actions={
          <>
            {mayChange && (
              <SoftLink href="/organizations/import" className={buttonClass()}>
                Import CSV
              </SoftLink>
            )}
            {totals.organizations > 0 && (
              <ExportLinks href={exportHref} format="figures" label="Export with figures" />
            )}
            {mayChange && (
              <CreateOrganization creditTypes={creditTypeOptions(scope)} action={createOrganizationAction} />
            )}
          </>
        }
        menu={
          totals.organizations > 0 && (
            <QuietMenu label="More">
              {/* Not a soft link, because the page to be printed opens the print dialog as it loads. */}
              <a href={printHref(organizationsHref(view))}>Print</a>
              {mayChange && <SoftLink href="/credits/import">Import credits</SoftLink>}
            </QuietMenu>
          )
        }
      />
      {steps && <FirstRunList done={steps} hide={hideFirstRunAction} offersDemo={user.role === "owner"} />}
      <OrganizationMetrics
        totals={totals}
        byCreditType={byCreditType}
        worth={totalsWorth(byCreditType, money)}
        isPart={!isWhole(scope)}
      />
      {totals.organizations === 0 ? (
        <FirstSteps isPart={!isWhole(scope)} hasCreditType={byCreditType.length > 0} mayChange={mayChange} />
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
          <MisreadNote misread={misread} />
          <OrganizationFilters
            view={view}
            creditTypes={byCreditType}
            hasTags={view.tag.length > 0 || hasTags(scope)}
            lookCookie={lookCookie()}
          />
          <h2 className="sr-only">{STATUS_LABELS[view.status]} organizations</h2>
          {items.length === 0 ? (
            <NothingFound view={view} />
          ) : (
            <>
              {mayChange && (
                <OrganizationStatusForm
                  items={rows}
                  total={counts[view.status]}
                  viewQuery={organizationsSearchParams.encode({ ...view, page: 1 })}
                  back={back}
                  action={changeStatusAction}
                  changeTags={changeTagsAction}
                />
              )}
              {view.view === "table" ? (
                <OrganizationTable rows={rows} view={view} back={back} mayChange={mayChange} />
              ) : (
                <OrganizationCards rows={rows} back={back} mayChange={mayChange} />
              )}
              <Pagination
                page={page}
                pages={pages}
                total={counts[view.status]}
                pageSize={Number(view.size)}
                href={(number) => organizationsHref(view, { page: number })}
              >
                {counts[view.status] > SMALLEST_PAGE && <PageSizes view={view} lookCookie={lookCookie()} />}
              </Pagination>
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
        <SoftLink
          href={organizationsHref({
            ...organizationsSearchParams.defaults,
            sort: view.sort,
            view: view.view,
            cols: view.cols,
            size: view.size,
          })}
          className={buttonClass()}
        >
          Show all organizations
        </SoftLink>
      }
    >
      {view.q ? (
        <>
          No organization’s name or code contains <q className="font-medium wrap-anywhere">{view.q}</q> with
          these filters.
        </>
      ) : (
        "No organizations match these filters."
      )}
    </EmptyState>
  );
}

function FirstSteps({
  isPart,
  hasCreditType,
  mayChange,
}: {
  /** Whether the user sees a part of the enterprise, so that there may be organizations elsewhere. */
  isPart: boolean;
  hasCreditType: boolean;
  mayChange: boolean;
}) {
  if (isPart) {
    return (
      <EmptyState icon={<Building2 />} title="No organizations for you yet">
        Nobody has given you access to an organization. Ask an owner of the portal for access.
      </EmptyState>
    );
  }
  if (!mayChange) return <EmptyState icon={<Building2 />} title="No organizations yet" />;
  return hasCreditType ? (
    <EmptyState
      icon={<Building2 />}
      title="No organizations yet"
      action={
        <>
          <SoftLink href="/organizations/new" className={buttonClass({ variant: "primary" })}>
            Create the first organization
          </SoftLink>
          <SoftLink href="/organizations/import" className={buttonClass()}>
            Import a CSV file
          </SoftLink>
        </>
      }
    >
      Departments, schools and business units will appear here once you create or import them.
    </EmptyState>
  ) : (
    <EmptyState
      icon={<Building2 />}
      title="Start with a credit type"
      action={
        <SoftLink href="/credit-types/new" className={buttonClass({ variant: "primary" })}>
          Add a credit type
        </SoftLink>
      }
    >
      Organizations draw their credits from a credit type. Add one, then create or import organizations.
    </EmptyState>
  );
}
