import Link from "next/link";
import type { ReactNode } from "react";
import { SortHeading } from "#components/ui/sort-heading.tsx";
import { StatusBadge } from "#components/ui/status-badge.tsx";
import { formatCount, formatCredits } from "#lib/credits.ts";
import type { MemberListItem, MembershipBrief } from "#lib/members/queries/members.ts";
import { type MemberSortKey, type MembersView, membersHref } from "#lib/members/search-params.ts";
import { type Calendar, formatDate } from "#lib/time.ts";
import { memberHref, membersTabHref, ROLE_LABELS } from "./words.ts";

const COLUMNS: { label: string; sort?: MemberSortKey; right?: boolean }[] = [
  { label: "Name", sort: "name" },
  { label: "Organizations" },
  { label: "Role" },
  { label: "Status" },
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
}: {
  items: readonly MemberListItem[];
  view: MembersView;
  calendar: Calendar;
}) {
  return (
    <div className="@container">
      <table
        aria-label="Members"
        className="w-full rounded-lg border border-line bg-surface text-left text-[0.8125rem] shadow-card @max-3xl:block @3xl:border-separate @3xl:border-spacing-0"
      >
        <thead className="text-muted @max-3xl:sr-only">
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
        <tbody className="@max-3xl:block">
          {items.map((member) => (
            <tr
              key={member.id}
              className="figures @max-3xl:grid @max-3xl:grid-cols-[minmax(0,1fr)_auto_auto] @max-3xl:gap-x-3 @max-3xl:gap-y-1 @max-3xl:border-t @max-3xl:border-line @max-3xl:px-3 @max-3xl:py-3 @max-3xl:first:border-t-0"
            >
              <th scope="row" className={`${CELL} font-medium @max-3xl:col-span-3`}>
                <Link
                  href={memberHref(member.id)}
                  prefetch={false}
                  className="rounded-sm wrap-anywhere hover:underline @3xl:min-w-40"
                >
                  {member.name}
                </Link>
                <span className="block font-normal break-all text-muted">{member.email}</span>
              </th>
              <td className={`${CELL} @max-3xl:min-w-0`}>
                <Lines
                  member={member}
                  line={({ code, organization }) => (
                    <Link
                      href={membersTabHref(code)}
                      prefetch={false}
                      title={`${organization} (${code})`}
                      className="truncate rounded-sm hover:underline @3xl:max-w-52"
                    >
                      {organization}
                    </Link>
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
                <Lines member={member} line={({ active }) => <StatusBadge active={active} />} />
              </td>
              <td className={`${CELL} whitespace-nowrap @max-3xl:text-muted @3xl:text-right`}>
                <span className="@3xl:sr-only">Last active </span>
                <LastActive at={member.lastActiveAt} calendar={calendar} />
              </td>
              <td
                className={`${CELL} text-right @max-3xl:col-span-2 @max-3xl:font-medium`}
                title={member.memberships > 1 ? "Over all memberships" : undefined}
              >
                {formatCredits(member.spent)}
                <span className="font-normal text-muted @3xl:sr-only"> credits spent</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const CELL = "@3xl:border-t @3xl:border-line @3xl:px-3 @3xl:py-2 @3xl:align-top";

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
        <li key={membership.id} className="flex h-5 min-w-0 items-center">
          {line(membership)}
        </li>
      ))}
      {more && rest > 0 && <li className="flex h-5 items-center text-muted">{more(rest)}</li>}
    </ul>
  );
}
