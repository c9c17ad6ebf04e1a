"use client";

import { useId } from "react";
import { countText } from "#components/refusals/words.ts";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { formatMonth } from "#lib/calendar.ts";
import { formatCount } from "#lib/credits.ts";
import type { MemberCounts } from "#lib/members/queries/counts.ts";
import type { MemberRole } from "#lib/members/rules.ts";

/** In pixels. */
const HEIGHT = 96;

const ROLES: readonly (readonly [MemberRole, string])[] = [
  ["admin", "Admins"],
  ["creator", "Creators"],
  ["viewer", "Viewers"],
];

/** How many members use applications, month by month, and how many there are by role and status. */
export function MemberOverview({
  counts: { byRole, months },
  nearAllowance,
}: {
  counts: MemberCounts;
  /** How many have used most of their allowance, counted up to one more than `most`. */
  nearAllowance: { count: number; most: number };
}) {
  const id = useId();
  const now = months.at(-1)?.members ?? 0;
  const before = months.at(-2)?.members ?? 0;
  const most = Math.max(1, ...months.map(({ members }) => members));
  const slot = 100 / months.length;
  return (
    <div className="grid items-start gap-3 lg:grid-cols-2">
      <section
        aria-labelledby={`${id}-active`}
        className="min-w-0 rounded-lg border border-line bg-surface p-4 shadow-card"
      >
        <h3 id={`${id}-active`} className="font-semibold">
          Members with usage
        </h3>
        <p className="mt-1 mb-4 text-muted">
          <span className="figures text-2xl font-semibold tracking-tight text-ink">{formatCount(now)}</span>{" "}
          this month so far, {formatCount(before)} in the whole of last month
        </p>
        <svg
          role="img"
          aria-label={`Members with usage: ${months.map(({ month, members }) => `${formatMonth(month)} ${formatCount(members)}`).join(", ")}`}
          width="100%"
          height={HEIGHT + 40}
          className="block overflow-visible text-xs"
        >
          {months.map(({ month, members }, index) => {
            const height = members === 0 ? 0 : Math.max(1, (HEIGHT * members) / most);
            const isNow = index === months.length - 1;
            return (
              <g key={month}>
                <rect
                  x={`${(index + 0.18) * slot}%`}
                  width={`${slot * 0.64}%`}
                  y={16 + HEIGHT - height}
                  height={height}
                  rx="3"
                  className={isNow ? "fill-accent" : "fill-accent opacity-30"}
                />
                <text
                  x={`${(index + 0.5) * slot}%`}
                  y={10 + HEIGHT - height}
                  textAnchor="middle"
                  className="figures fill-ink"
                >
                  {formatCount(members)}
                </text>
                <text
                  x={`${(index + 0.5) * slot}%`}
                  y={HEIGHT + 34}
                  textAnchor="middle"
                  className="figures fill-muted"
                >
                  {formatMonth(month).slice(0, 3)}
                </text>
              </g>
            );
          })}
          <line x1="0" x2="100%" y1={16 + HEIGHT} y2={16 + HEIGHT} className="stroke-line-strong" />
        </svg>
      </section>
      <section
        aria-labelledby={`${id}-roles`}
        className="min-w-0 rounded-lg border border-line bg-surface p-4 shadow-card"
      >
        <h3 id={`${id}-roles`} className="mb-2 font-semibold">
          By role and status
        </h3>
        <table aria-labelledby={`${id}-roles`} className="w-full table-fixed text-left text-[0.8125rem]">
          <thead className="text-xs text-muted [&_th]:pb-1 [&_th]:font-medium [&_th+th]:text-right">
            <tr>
              <th scope="col">Role</th>
              <th scope="col">Active</th>
              <th scope="col">Inactive</th>
              <th scope="col">All</th>
            </tr>
          </thead>
          <tbody className="tabular-nums [&_a]:rounded-sm [&_a:hover]:underline [&_td]:py-1.5 [&_td]:text-right [&_th]:py-1.5 [&_th]:font-normal [&_tr]:border-t [&_tr]:border-line">
            {ROLES.map(([role, label]) => {
              const { all, active } = byRole[role];
              return (
                <tr key={role}>
                  <th scope="row">
                    <SoftLink href={`/members?role=${role}`}>{label}</SoftLink>
                  </th>
                  <td>{formatCount(active)}</td>
                  <td>{formatCount(all - active)}</td>
                  <td>{formatCount(all)}</td>
                </tr>
              );
            })}
            <tr className="font-medium">
              <th scope="row" className="font-medium!">
                All
              </th>
              <td>{formatCount(sumOf(byRole, "active"))}</td>
              <td>{formatCount(sumOf(byRole, "all") - sumOf(byRole, "active"))}</td>
              <td>{formatCount(sumOf(byRole, "all"))}</td>
            </tr>
          </tbody>
        </table>
        <p className="mt-3 text-[0.8125rem] text-muted">
          {nearAllowance.count > 0 && (
            <>
              <SoftLink href="/members?used=80" className="rounded-sm text-accent hover:underline">
                {countText(nearAllowance.count, nearAllowance.most)}{" "}
                {nearAllowance.count === 1 ? "member has" : "members have"} used 80% or more of the monthly
                allowance
              </SoftLink>
              .{" "}
            </>
          )}
          A person in two organizations counts twice.
        </p>
      </section>
    </div>
  );
}

const sumOf = (byRole: MemberCounts["byRole"], key: "all" | "active") =>
  ROLES.reduce((sum, [role]) => sum + byRole[role][key], 0);
