import Link from "next/link";
import { Badge } from "#components/ui/badge.tsx";
import { Email } from "#components/ui/email.tsx";
import { SortHeading } from "#components/ui/sort-heading.tsx";
import { StatusBadge } from "#components/ui/status-badge.tsx";
import { formatCredits } from "#lib/credits.ts";
import type { FormAction } from "#lib/form-state.ts";
import type { MembershipItem } from "#lib/members/queries/memberships.ts";
import { type SpendingLimit, spendingLimit } from "#lib/members/rules.ts";
import { type MembershipsView, membershipsHref } from "#lib/members/search-params.ts";
import type { Calendar } from "#lib/time.ts";
import { AllowanceBar } from "./allowance-bar.tsx";
import { EditMembership } from "./member-dialogs.tsx";
import { LastActive } from "./member-list.tsx";
import { MembershipMenu, MembershipMenuButton, type MembershipOfMenu } from "./membership-menu.tsx";
import { SelectMembership } from "./membership-status.tsx";
import { ALLOWANCE_LABELS, editableMembership, memberHref, membersTabHref, ROLE_LABELS } from "./words.ts";

/** Without `about`, the rows are one organization's members; with it, they are one person's organizations. */
export function MembershipList({
  items,
  about,
  sorting,
  calendar,
  back,
  editAction,
  mayChange = () => true,
}: {
  items: readonly MembershipItem[];
  about: "members" | "organizations";
  /** Of the whole list, where its headings sort. */
  sorting?: { view: MembershipsView; path: string };
  calendar: Calendar;
  back: string;
  /** Present if the user may change memberships. */
  editAction: FormAction | null;
  /** Which of the memberships. */
  mayChange?: (membership: MembershipItem) => boolean;
}) {
  const heading = (label: string, sort?: "name" | "spent", right = false) => (
    <SortHeading
      label={label}
      sort={sorting && sort}
      current={sorting?.view.sort ?? "name"}
      firstAscending={sort === "name"}
      right={right}
      href={(by) => (sorting ? membershipsHref(sorting.path, sorting.view, { sort: by }) : "")}
    />
  );
  const changeable = items.filter((membership) => mayChange(membership) && !membership.merged);
  const selects = editAction !== null && about === "members";
  return (
    <div className="@container">
      <table
        aria-label={about === "members" ? "Members" : "Organizations"}
        className="w-full rounded-lg border border-line bg-surface text-left text-[0.8125rem] shadow-card @max-4xl:block @4xl:border-separate @4xl:border-spacing-0"
      >
        <thead className="text-muted @max-4xl:sr-only">
          <tr>
            {selects && (
              <th scope="col" className="py-2 pl-3">
                <span className="sr-only">Select</span>
              </th>
            )}
            {heading(about === "members" ? "Name" : "Organization", "name")}
            {heading("Role")}
            {heading("Status")}
            {heading("Spent this month")}
            {about === "organizations" && heading("May still spend", undefined, true)}
            {heading("Last active", undefined, true)}
            {heading("Spent", "spent", true)}
            {editAction && (
              <th scope="col" className="px-3 py-2">
                <span className="sr-only">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody className="@max-4xl:block">
          {items.map((membership) => (
            <Row
              key={membership.id}
              {...{ membership, about, selects, calendar, back, editAction }}
              mayChange={mayChange(membership)}
            />
          ))}
        </tbody>
      </table>
      {editAction && <MembershipMenu memberships={changeable.map((one) => ofMenu(one, about, back))} />}
    </div>
  );
}

function ofMenu(
  { id, memberId, name, active, lastActiveAt, organization }: MembershipItem,
  about: "members" | "organizations",
  back: string,
): MembershipOfMenu {
  const page = `/members/${memberId}/memberships/${id}`;
  return {
    id,
    name: about === "members" ? name : `${name} in ${organization.name}`,
    active,
    page,
    removal:
      lastActiveAt === null
        ? { href: `${page}/remove?${new URLSearchParams({ back })}`, of: `${name} from ${organization.name}` }
        : null,
  };
}

function Row({
  membership,
  about,
  selects,
  calendar,
  back,
  editAction,
  mayChange,
}: {
  membership: MembershipItem;
  about: "members" | "organizations";
  selects: boolean;
  calendar: Calendar;
  back: string;
  editAction: FormAction | null;
  mayChange: boolean;
}) {
  const { organization } = membership;
  // The members of an organization mostly have its default, which needs no words. One person's organizations differ in
  // their defaults, so that each row names the source of its limit.
  const source =
    membership.allowance === "organization" && about === "members"
      ? null
      : ALLOWANCE_LABELS[membership.allowance];
  const member = { id: membership.memberId, name: membership.name };
  return (
    <tr className="figures has-checked:bg-accent-soft @max-4xl:flex @max-4xl:flex-wrap @max-4xl:items-center @max-4xl:gap-x-4 @max-4xl:gap-y-2 @max-4xl:border-t @max-4xl:border-line @max-4xl:px-3 @max-4xl:py-3 @max-4xl:first:border-t-0">
      {selects && (
        <td className={`${CELL} @4xl:w-8 @4xl:pr-0 @max-4xl:self-start`}>
          {!membership.merged && (
            <SelectMembership
              membership={{ id: membership.id, name: membership.name, active: membership.active }}
            />
          )}
        </td>
      )}
      <th scope="row" className={`${CELL} font-medium @max-4xl:min-w-0 @max-4xl:flex-1 @max-4xl:basis-40`}>
        {about === "members" ? (
          <>
            <Link
              href={memberHref(member.id)}
              prefetch={false}
              className="rounded-sm wrap-anywhere hover:underline"
            >
              {membership.name}
            </Link>
            <span className="block font-normal text-muted">
              <Email>{membership.email}</Email>
            </span>
          </>
        ) : (
          <>
            <Link
              href={membersTabHref(organization.code)}
              prefetch={false}
              className="rounded-sm wrap-anywhere hover:underline"
            >
              {organization.name}
            </Link>
            <span className="block font-mono text-xs font-normal break-all text-muted">
              {organization.code}
              {!organization.active && (
                <span className="font-sans break-normal"> (inactive organization)</span>
              )}
            </span>
          </>
        )}
      </th>
      <td className={CELL}>{ROLE_LABELS[membership.role]}</td>
      <td className={CELL}>
        {membership.merged ? <Badge>Merged</Badge> : <StatusBadge active={membership.active} />}
      </td>
      <td className={`${CELL} @4xl:w-56 @max-4xl:basis-full`}>
        <span className="text-muted @4xl:sr-only">Spent this month</span>
        <AllowanceBar spent={membership.spentThisMonth} allowance={membership.effectiveAllowance} />
        {source && <p className="mt-0.5 text-xs text-muted">{source}</p>}
      </td>
      {about === "organizations" && (
        <td className={`${CELL} @4xl:text-right`}>
          <span className="text-muted @4xl:sr-only">May still spend </span>
          {!membership.merged && <StillSpends membership={membership} />}
        </td>
      )}
      <td className={`${CELL} whitespace-nowrap @4xl:text-right`}>
        <span className="text-muted @4xl:sr-only">Last active </span>
        <LastActive at={membership.lastActiveAt} calendar={calendar} />
      </td>
      <td className={`${CELL} @4xl:text-right`}>
        <span className="text-muted @4xl:sr-only">Spent </span>
        {formatCredits(membership.spent)}
      </td>
      {editAction && (
        <td className={`${CELL} @max-4xl:ml-auto`}>
          {mayChange && !membership.merged && (
            <div className="flex flex-wrap justify-end gap-1.5">
              <EditMembership
                member={member}
                organization={organization.name}
                membership={editableMembership(membership)}
                back={back}
                action={editAction}
              />
              <MembershipMenuButton membership={ofMenu(membership, about, back)} />
            </div>
          )}
        </td>
      )}
    </tr>
  );
}

/** Why a member may spend no more than that. */
const BINDING: Record<SpendingLimit["by"], string> = {
  allowance: "rest of the allowance",
  balance: "balance of the organization",
  member_inactive: "inactive member",
  organization_inactive: "inactive organization",
};

function StillSpends({ membership }: { membership: MembershipItem }) {
  const { mayStillSpend, by } = spendingLimit(membership);
  return (
    <>
      <span className={mayStillSpend === 0n ? "font-medium text-danger" : "font-medium"}>
        {formatCredits(mayStillSpend)}
      </span>
      <span className="text-xs text-muted @4xl:block"> {BINDING[by]}</span>
    </>
  );
}

const CELL = "@4xl:border-t @4xl:border-line @4xl:px-3 @4xl:py-2 @4xl:align-top";
