import Link from "next/link";
import type { ReactNode } from "react";
import { Badge } from "#components/ui/badge.tsx";
import { Email } from "#components/ui/email.tsx";
import { SelectPage } from "#components/ui/select-page.tsx";
import { SortHeading } from "#components/ui/sort-heading.tsx";
import { StatusBadge } from "#components/ui/status-badge.tsx";
import { formatCount, formatCredits } from "#lib/credits.ts";
import type { MemberListItem, MembershipBrief } from "#lib/members/queries/members.ts";
import { nearAllowancePercent } from "#lib/members/rules.ts";
import { type MemberSortKey, type MembersView, membersHref } from "#lib/members/search-params.ts";
import { type Calendar, formatDate } from "#lib/time.ts";
import { MEMBERSHIP_STATUS_FORM, SelectMembership } from "./membership-status.tsx";
import { memberHref, membersTabHref, ROLE_LABELS } from "./words.ts";

const COLUMNS: { label: string; sort?: MemberSortKey; right?: boolean }[] = [
  { label: "Name", sort: "name" },
  { label: "Organizations" },
  { label: "Role" },
  { label: "Status" },
  { label: "This month" },
  { label: "Last month", right: true },
  { label: "Last active", sort: "active", right: true },
  { label: "Spent", sort: "spent", right: true },
];

/** When somebody last spent, or that nothing was ever spent. */
export function LastActive({ at, calendar }: { at: Date | null; calendar: Calendar }) {
  return at ? (
    <time dateTime={at.toISOString()}>{formatDate(at, calendar)}</time>
  ) : (
    <span className="text-muted">Never</span>
  );
}

/** Everyone: a row a person with a line for each membership; on a narrow screen a card for each row. */
export function MemberList({
  items,
  view,
  calendar,
  maySelect,
}: {
  items: readonly MemberListItem[];
  view: MembersView;
  calendar: Calendar;
  /** Which memberships the user may change, each with a checkbox. */
  maySelect: (membership: MembershipBrief) => boolean;
}) {
  const selects = items.some(({ organizations }) => organizations.some(maySelect));
  return (
    <div className="@container overflow-x-auto">
      {selects && <SelectPage form={MEMBERSHIP_STATUS_FORM} label="All on this page" />}
      <table
        aria-label="Members"
        className="w-full rounded-lg border border-line bg-surface text-left text-[0.8125rem] shadow-card @max-4xl:block @4xl:border-separate @4xl:border-spacing-0"
      >
        <thead className="text-muted @max-4xl:sr-only">
          <tr>
            {COLUMNS.map((column) => (
              <SortHeading
                key={column.label}
                {...column}
                current={view.sort}
                firstAscending={column.sort === "name"}
                href={(sort) => membersHref(view, { sort })}
              />
            ))}
          </tr>
        </thead>
        <tbody className="@max-4xl:block">
          {items.map((member) => (
            <tr
              key={member.id}
              className="figures has-checked:bg-accent-soft @max-4xl:grid @max-4xl:grid-cols-[minmax(0,1fr)_auto_auto] @max-4xl:gap-x-3 @max-4xl:gap-y-1 @max-4xl:border-t @max-4xl:border-line @max-4xl:px-3 @max-4xl:py-3 @max-4xl:first:border-t-0"
            >
              <th scope="row" className={`${CELL} font-medium @max-4xl:col-span-3`}>
                <Link
                  href={memberHref(member.id)}
                  prefetch={false}
                  className="rounded-sm wrap-anywhere hover:underline @4xl:min-w-40"
                >
                  {member.name}
                </Link>
                <span className="block font-normal text-muted">
                  <Email>{member.email}</Email>
                </span>
              </th>
              <td className={`${CELL} @max-4xl:min-w-0`}>
                <Lines
                  member={member}
                  line={(membership) => (
                    <>
                      {maySelect(membership) ? (
                        <SelectMembership
                          membership={{
                            id: membership.id,
                            name: `${member.name} in ${membership.organization}`,
                            active: membership.active,
                          }}
                        />
                      ) : (
                        selects && <span className="w-4 shrink-0" />
                      )}
                      <Link
                        href={membersTabHref(membership.code)}
                        prefetch={false}
                        title={`${membership.organization} (${membership.code})`}
                        className="truncate rounded-sm hover:underline @4xl:max-w-52"
                      >
                        {membership.organization}
                      </Link>
                    </>
                  )}
                  more={(count) => (
                    <Link href={memberHref(member.id)} prefetch={false} className="rounded-sm underline">
                      and {formatCount(count)} more
                    </Link>
                  )}
                />
              </td>
              <td className={CELL}>
                <Lines member={member} line={({ role }) => ROLE_LABELS[role]} />
              </td>
              <td className={CELL}>
                <Lines
                  member={member}
                  line={({ active, merged }) =>
                    merged ? <Badge>Merged</Badge> : <StatusBadge active={active} />
                  }
                />
              </td>
              <td className={`${CELL} @max-4xl:col-span-3`}>
                <span className="text-muted @4xl:sr-only">This month</span>
                <Lines member={member} line={(membership) => <Use membership={membership} />} />
              </td>
              <td
                className={`${CELL} whitespace-nowrap @max-4xl:col-span-3 @max-4xl:text-muted @4xl:text-right`}
              >
                <span className="@4xl:sr-only">Last month </span>
                {formatCredits(member.spentLastMonth)}
              </td>
              <td className={`${CELL} @max-4xl:text-muted @4xl:text-right`}>
                <span className="@4xl:sr-only">Last active </span>
                <LastActive at={member.lastActiveAt} calendar={calendar} />
              </td>
              <td
                className={`${CELL} text-right whitespace-nowrap @max-4xl:col-span-2 @max-4xl:font-medium`}
                title={member.memberships > 1 ? "Over all memberships" : undefined}
              >
                {formatCredits(member.spent)}
                <span className="font-normal text-muted @4xl:sr-only"> credits spent</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const CELL = "@4xl:border-t @4xl:border-line @4xl:px-3 @4xl:py-2 @4xl:align-top";

/** What was spent of a membership's allowance this month. The percentage marks those who are near it. */
function Use({
  membership: { spentThisMonth, effectiveAllowance, merged },
}: {
  membership: MembershipBrief;
}) {
  if (merged) return null;
  const percent = nearAllowancePercent(spentThisMonth, effectiveAllowance);
  return (
    <span className="flex flex-wrap items-center gap-x-1.5 whitespace-nowrap">
      <span>
        {formatCredits(spentThisMonth)}{" "}
        <span className="text-muted">
          of {effectiveAllowance === null ? "no limit" : formatCredits(effectiveAllowance)}
        </span>
      </span>
      {percent !== null && <Badge tone="amber">{percent}</Badge>}
    </span>
  );
}

/** One line of a cell for each of the memberships that are shown, level with those of the other cells. */
function Lines({
  member,
  line,
  more,
}: {
  member: MemberListItem;
  line: (membership: MembershipBrief) => ReactNode;
  more?: (count: number) => ReactNode;
}) {
  const rest = member.memberships - member.organizations.length;
  return (
    <ul className="grid gap-1">
      {member.organizations.map((membership) => (
        <li key={membership.id} className="flex h-5 min-w-0 items-center gap-2">
          {line(membership)}
        </li>
      ))}
      {more && rest > 0 && <li className="flex h-5 items-center text-muted">{more(rest)}</li>}
    </ul>
  );
}
