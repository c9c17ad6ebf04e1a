import { SearchX, Users } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { AddMember } from "#components/members/member-dialogs.tsx";
import { MemberFilters } from "#components/members/member-filters.tsx";
import { MemberList } from "#components/members/member-list.tsx";
import { MemberMetrics } from "#components/members/member-metrics.tsx";
import { MembershipStatusForm } from "#components/members/membership-status.tsx";
import { wholeViewWords } from "#components/members/words.ts";
import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ExportLinks } from "#components/ui/export-links.tsx";
import { MisreadNote } from "#components/ui/misread-note.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { Pagination } from "#components/ui/pagination.tsx";
import { scopeWords } from "#components/ui/scope-words.ts";
import { snapshot } from "#db/statement.ts";
import { memberCounts } from "#lib/members/queries/counts.ts";
import {
  countPeople,
  listMembers,
  MEMBERS_PAGE_SIZE,
  prepareMembers,
} from "#lib/members/queries/member-list.ts";
import type { MembershipBrief } from "#lib/members/queries/members.ts";
import { type MembersView, membersHref, membersSearchParams } from "#lib/members/search-params.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { isPrint, printHref } from "#lib/print.ts";
import { manages, managesAny } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { currentMonth, getSettings } from "#lib/settings/queries.ts";
import { OrganizationNotThere } from "../organization-not-there.tsx";
import { onlyOrganization } from "../transactions/suggestions.ts";
import { addMemberAction, changeMembershipsStatusAction } from "./actions.ts";
import { PrintedMembers } from "./printed.tsx";

type Props = { searchParams: Promise<RawSearchParams> };

export async function generateMetadata({ searchParams }: Props): Promise<Metadata> {
  const { q, page } = membersSearchParams.decode(await searchParams);
  return { title: `Members${q && ` matching “${q}”`}${page > 1 ? `, page ${page}` : ""}` };
}

export default async function MembersPage({ searchParams }: Props) {
  const raw = await searchParams;
  const view = membersSearchParams.decode(raw);
  const here = membersHref(view, { page: view.page });
  const { scope } = await requireUser(isPrint(raw) ? printHref(here) : here, "grant");
  const organizationMissing = view.organization !== "" && getOrganization(scope, view.organization) === null;
  const only = organizationMissing ? onlyOrganization(scope, view.organization) : null;
  if (only !== null) {
    const elsewhere = membersHref(view, { organization: only });
    redirect(isPrint(raw) ? printHref(elsewhere) : elsewhere);
  }
  const misread = membersSearchParams.misread(raw);
  if (isPrint(raw)) {
    const frame = { settings: getSettings(), back: here, misread };
    return <PrintedMembers scope={scope} view={view} frame={frame} />;
  }
  const mayChange = managesAny(scope);
  const place = scopeWords(scope.organizationIds);
  const prepared = await prepareMembers(scope, view);
  const counts = await memberCounts(scope, [currentMonth()]);
  const { items, total, more, page, pages } = snapshot(() => listMembers(scope, view, prepared));
  const people = await countPeople(scope);
  const maySelect = (membership: MembershipBrief) =>
    !membership.merged && manages(scope, membership.organizationId);
  const selectable = items.flatMap((member) =>
    member.organizations
      .filter(maySelect)
      .map(({ id, organization, active }) => ({ id, name: `${member.name} in ${organization}`, active })),
  );
  // A row names only the first memberships of a person.
  const isAllShown =
    pages === 1 && items.every((member) => member.memberships === member.organizations.length);
  const filtered = membersHref({ ...view, sort: membersSearchParams.defaults.sort }) !== "/members";
  return (
    <>
      <PageHeader
        title="Members"
        description={`People${place ? ` ${place}` : ""}, each listed once. The organizations’ total counts a person in two organizations twice.`}
        actions={
          <>
            {mayChange && (
              <Link href="/members/import" prefetch={false} className={buttonClass()}>
                Import CSV
              </Link>
            )}
            {total > 0 && (
              <ExportLinks
                href={membersHref(view, {}, "/members/export")}
                format="figures"
                label="Export with figures"
                print={printHref(membersHref(view))}
              />
            )}
            {mayChange && <AddMember organization={null} back="/members" action={addMemberAction} />}
          </>
        }
      />
      {total === 0 && !filtered ? (
        <EmptyState icon={<Users />} title="No members yet">
          {mayChange
            ? "People will appear here once you add them to an organization or import a CSV file."
            : "People will appear here once they are added to an organization."}
        </EmptyState>
      ) : (
        <>
          <MemberMetrics
            people={people}
            byRole={counts.byRole}
            activeThisMonth={counts.months[0]?.members ?? 0}
          />
          <MisreadNote misread={misread} />
          <MemberFilters view={view} />
          {organizationMissing && (
            <OrganizationNotThere
              scope={scope}
              code={view.organization}
              href={(organization) => membersHref(view, { organization })}
            />
          )}
          {items.length === 0 ? (
            <NothingFound view={view} />
          ) : (
            <>
              {selectable.length > 0 && (
                <MembershipStatusForm
                  items={selectable}
                  total={selectable.length}
                  whole={isAllShown ? null : wholeViewWords(total, more)}
                  viewQuery={membersSearchParams.encode({ ...view, page: 1 })}
                  back={membersHref(view, { page })}
                  action={changeMembershipsStatusAction}
                />
              )}
              <MemberList items={items} view={view} calendar={getSettings()} maySelect={maySelect} />
              <Pagination
                page={page}
                pages={pages}
                total={total}
                more={more}
                pageSize={MEMBERS_PAGE_SIZE}
                href={(number) => membersHref(view, { page: number })}
              />
            </>
          )}
        </>
      )}
    </>
  );
}

function NothingFound({ view }: { view: MembersView }) {
  return (
    <EmptyState
      icon={<SearchX />}
      title="No member matches"
      action={
        <Link
          href={membersHref({ ...membersSearchParams.defaults, sort: view.sort })}
          className={buttonClass()}
        >
          Show all members
        </Link>
      }
    >
      {view.q ? (
        <>
          No member’s name or email contains <q className="font-medium wrap-anywhere">{view.q}</q> with these
          filters.
        </>
      ) : (
        "No members match these filters."
      )}
    </EmptyState>
  );
}
