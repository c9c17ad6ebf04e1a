import { SearchX, Users } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import {
  addMemberAction,
  changeMembershipsStatusAction,
  updateMembershipAction,
} from "#app/(portal)/members/actions.ts";
import { AddMember } from "#components/members/member-dialogs.tsx";
import { MembershipFilters } from "#components/members/member-filters.tsx";
import { MembershipsPrint } from "#components/members/member-print.tsx";
import { MembershipList } from "#components/members/membership-list.tsx";
import { MembershipStatusForm } from "#components/members/membership-status.tsx";
import { monthlyText } from "#components/members/words.ts";
import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ExportLinks } from "#components/ui/export-links.tsx";
import { MisreadNote } from "#components/ui/misread-note.tsx";
import { Pagination } from "#components/ui/pagination.tsx";
import { snapshot } from "#db/statement.ts";
import { monthOf } from "#lib/calendar.ts";
import { approvedDomainsOf } from "#lib/members/queries/approved-domains.ts";
import { MEMBERS_PAGE_SIZE } from "#lib/members/queries/member-list.ts";
import { listMemberships } from "#lib/members/queries/memberships.ts";
import { membershipsHref, membershipsSearchParams } from "#lib/members/search-params.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { isPrint, PRINTED_ROWS, printHref } from "#lib/print.ts";
import { manages } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { decodeCode, organizationOfPage, organizationPath } from "../code.ts";
import { OrganizationPageTop } from "../page-top.tsx";

type Props = { params: Promise<{ code: string }>; searchParams: Promise<RawSearchParams> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const code = decodeCode((await params).code);
  const { scope } = await requireUser(`${organizationPath(code)}/members`, "grant");
  return { title: `${getOrganization(scope, code)?.name ?? "Organization not found"}, members` };
}

export default async function OrganizationMembersPage({ params, searchParams }: Props) {
  const code = decodeCode((await params).code);
  const raw = await searchParams;
  const view = membershipsSearchParams.decode(raw);
  const address = (path: string) => {
    const href = membershipsHref(`${path}/members`, view, { page: view.page });
    return isPrint(raw) ? printHref(href) : href;
  };
  const user = await requireUser(address(organizationPath(code)), "grant");
  const { scope } = user;
  const calendar = getSettings();
  const { organization, list } = snapshot(() => {
    const organization = organizationOfPage(scope, code, address);
    const month = monthOf(dayOf(new Date(), calendar.timeZone));
    const list = isPrint(raw)
      ? listMemberships(scope, organization, { ...view, page: 1 }, month, PRINTED_ROWS)
      : listMemberships(scope, organization, view, month);
    return { organization, list };
  });
  const path = `${organizationPath(organization.code)}/members`;
  const { items, total, more, page, pages } = list;
  const here = membershipsHref(path, view, { page });
  const misread = membershipsSearchParams.misread(raw);
  if (isPrint(raw)) {
    const frame = { settings: calendar, back: here, misread };
    return <MembershipsPrint frame={frame} view={view} list={list} organization={organization} />;
  }
  const domains = approvedDomainsOf(scope, organization.id);
  const mayManage = manages(scope, organization.id);
  return (
    <>
      <OrganizationPageTop user={user} organization={organization} tab="members" />
      <MisreadNote misread={misread} />
      <div className="mb-4 flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0 text-muted">
          <p>
            Monthly allowance per member:{" "}
            <span className="figures">{monthlyText(organization.monthlyAllowance)}</span>
          </p>
          {domains.length > 0 && (
            <p className="mt-0.5 wrap-anywhere">
              New people become members with their first usage from: {domains.join(", ")}
            </p>
          )}
        </div>
        <div className="flex flex-wrap gap-2">
          {mayManage && (
            <Link
              href={`/members/import?${new URLSearchParams({ organization: organization.code })}`}
              prefetch={false}
              className={buttonClass()}
            >
              Import CSV
            </Link>
          )}
          {organization.members > 0 && (
            <ExportLinks
              href={membershipsHref(`${path}/export`, view)}
              format="figures"
              label="Export with figures"
              print={printHref(membershipsHref(path, view))}
            />
          )}
          {mayManage && (
            <AddMember
              organization={{
                code: organization.code,
                name: organization.name,
                allowance: monthlyText(organization.monthlyAllowance),
              }}
              back={path}
              action={addMemberAction}
            />
          )}
        </div>
      </div>
      {organization.members === 0 ? (
        <EmptyState icon={<Users />} title="No members yet">
          Members spend the organization’s credits through applications, each up to a monthly allowance.
        </EmptyState>
      ) : (
        <>
          <MembershipFilters view={view} path={path} />
          <h2 className="sr-only">Members</h2>
          {items.length === 0 ? (
            <EmptyState
              icon={<SearchX />}
              title="No member matches"
              action={
                <Link href={path} className={buttonClass()}>
                  Show all members
                </Link>
              }
            >
              No members of {organization.name} match these filters.
            </EmptyState>
          ) : (
            <>
              {mayManage && (
                <MembershipStatusForm
                  organizationId={organization.id}
                  items={items.map(({ id, name, active }) => ({ id, name, active }))}
                  // If not all were counted, the question could not name the number of changes.
                  total={more ? items.length : total}
                  viewQuery={membershipsSearchParams.encode({ ...view, page: 1 })}
                  back={here}
                  action={changeMembershipsStatusAction}
                />
              )}
              <MembershipList
                items={items}
                about="members"
                sorting={{ view, path }}
                calendar={calendar}
                back={here}
                editAction={mayManage ? updateMembershipAction : null}
              />
              <Pagination
                page={page}
                pages={pages}
                total={total}
                more={more}
                pageSize={MEMBERS_PAGE_SIZE}
                href={(number) => membershipsHref(path, view, { page: number })}
              />
            </>
          )}
        </>
      )}
    </>
  );
}
