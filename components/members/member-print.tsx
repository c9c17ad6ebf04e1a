import { printCell } from "#components/ui/print-cell.ts";
import { type PrintFrame, PrintPage } from "#components/ui/print-page.tsx";
import { formatCount, formatCredits } from "#lib/credits.ts";
import type { MemberListItem, MembershipBrief } from "#lib/members/queries/members.ts";
import type { MembershipItem } from "#lib/members/queries/memberships.ts";
import type { MembershipsView, MembersView } from "#lib/members/search-params.ts";
import type { PrintedRows } from "#lib/print.ts";
import { type Calendar, formatDate } from "#lib/time.ts";
import { MemberMetrics } from "./member-metrics.tsx";
import { filterWords, monthlyText, ROLE_LABELS, SORT_LABELS } from "./words.ts";

const orderWords = ({ sort }: Pick<MembersView, "sort">) =>
  SORT_LABELS.find(([key]) => key === sort)?.[1] ?? "";

function statusWord({ merged, active }: { merged: boolean; active: boolean }): string {
  if (merged) return "Merged";
  return active ? "Active" : "Inactive";
}

const lastActive = ({ lastActiveAt }: { lastActiveAt: Date | null }, calendar: Calendar) =>
  lastActiveAt ? formatDate(lastActiveAt, calendar) : "Never";

/** "70 of 100", "70 of no limit". */
function spentText({
  spentThisMonth,
  effectiveAllowance,
}: {
  spentThisMonth: bigint;
  effectiveAllowance: bigint | null;
}): string {
  const allowance = effectiveAllowance === null ? "no limit" : formatCredits(effectiveAllowance);
  return `${formatCredits(spentThisMonth)} of ${allowance}`;
}

/** The list of people to be printed. */
export function MembersPrint({
  frame,
  view,
  list,
  metrics,
}: {
  frame: PrintFrame;
  view: MembersView;
  list: PrintedRows<MemberListItem>;
  metrics: Parameters<typeof MemberMetrics>[0];
}) {
  /** A line for each membership that the list names. */
  const lines = (items: readonly MembershipBrief[], text: (membership: MembershipBrief) => string) =>
    items.map(text).join("\n");
  return (
    <PrintPage
      frame={frame}
      title="Members"
      filters={filterWords(view)}
      order={orderWords(view)}
      list={list}
      words={["person", "people"]}
      columns={[
        { label: "Name" },
        { label: "Organizations" },
        { label: "Role" },
        { label: "Status" },
        { label: "This month" },
        { label: "Last month", right: true },
        { label: "Last active", right: true },
        { label: "Spent", right: true },
      ]}
      rowsOf={(items) =>
        items.map((member) => {
          const { organizations } = member;
          const rest = member.memberships - organizations.length;
          return {
            id: member.id,
            cells: [
              printCell(member.name, member.email),
              printCell(
                lines(organizations, ({ organization }) => organization),
                rest > 0 ? `and ${formatCount(rest)} more` : null,
              ),
              lines(organizations, ({ role }) => ROLE_LABELS[role]),
              lines(organizations, statusWord),
              lines(organizations, (membership) => (membership.merged ? "" : spentText(membership))),
              formatCredits(member.spentLastMonth),
              lastActive(member, frame.settings),
              formatCredits(member.spent),
            ],
          };
        })
      }
    >
      <MemberMetrics {...metrics} />
    </PrintPage>
  );
}

/** The members of one organization to be printed. */
export function MembershipsPrint({
  frame,
  view,
  list,
  organization,
}: {
  frame: PrintFrame;
  view: MembershipsView;
  list: PrintedRows<MembershipItem>;
  organization: { name: string; code: string; monthlyAllowance: bigint | null };
}) {
  return (
    <PrintPage
      frame={frame}
      title={`Members of ${organization.name} (${organization.code})`}
      filters={filterWords(view)}
      order={orderWords(view)}
      list={list}
      words={["member", "members"]}
      columns={[
        { label: "Name" },
        { label: "Role" },
        { label: "Status" },
        { label: "Spent this month" },
        { label: "Last active", right: true },
        { label: "Spent", right: true },
      ]}
      rowsOf={(items) =>
        items.map((membership) => ({
          id: membership.id,
          cells: [
            printCell(membership.name, membership.email),
            ROLE_LABELS[membership.role],
            statusWord(membership),
            spentText(membership),
            lastActive(membership, frame.settings),
            formatCredits(membership.spent),
          ],
        }))
      }
    >
      <p>Monthly allowance per member: {monthlyText(organization.monthlyAllowance)}</p>
    </PrintPage>
  );
}
