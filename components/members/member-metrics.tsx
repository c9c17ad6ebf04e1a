import type { ReactNode } from "react";
import { Metric } from "#components/ui/metric.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { formatCount } from "#lib/credits.ts";
import type { MembershipCounts } from "#lib/members/queries/counts.ts";
import { MEMBER_ROLES } from "#lib/members/rules.ts";
import { membersHref, membersSearchParams } from "#lib/members/search-params.ts";
import { ROLE_LABELS } from "./words.ts";

const NO_FILTER = membersSearchParams.defaults;

/** The figures of all people in the user's scope, whatever the filter. A person may have several memberships. */
export function MemberMetrics({
  people,
  byRole,
  activeThisMonth,
}: {
  people: number;
  byRole: MembershipCounts;
  /** Memberships with usage this month. */
  activeThisMonth: number;
}) {
  const all = MEMBER_ROLES.reduce((sum, role) => sum + byRole[role].all, 0);
  const active = MEMBER_ROLES.reduce((sum, role) => sum + byRole[role].active, 0);
  const memberships = `${formatCount(all)} ${all === 1 ? "membership" : "memberships"}`;
  return (
    <section aria-label="Metrics" className="mb-6">
      <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Metric label="People" figure={formatCount(people)} note={memberships} />
        <Metric label="Active this month" figure={formatCount(activeThisMonth)} note={`of ${memberships}`} />
        <Split label="By role">
          {MEMBER_ROLES.map((role) => (
            <Line key={role} href={membersHref(NO_FILTER, { role })} count={byRole[role].all}>
              {ROLE_LABELS[role]}
            </Line>
          ))}
        </Split>
        <Split label="By status">
          <Line href={membersHref(NO_FILTER, { status: "active" })} count={active}>
            Active
          </Line>
          <Line href={membersHref(NO_FILTER, { status: "inactive" })} count={all - active}>
            Inactive
          </Line>
        </Split>
      </dl>
    </section>
  );
}

function Split({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="metric">
      <dt className="text-[0.8125rem] font-medium text-muted">{label}</dt>
      <dd className="mt-1">
        <ul className="grid gap-0.5">{children}</ul>
      </dd>
    </div>
  );
}

function Line({ href, count, children }: { href: string; count: number; children: ReactNode }) {
  return (
    <li>
      <SoftLink
        href={href}
        scroll={false}
        className="figures flex min-h-6 items-center justify-between gap-3 rounded-sm text-[0.8125rem] hover:underline"
      >
        <span className="text-muted">{children}</span>
        <span className="font-medium">{formatCount(count)}</span>
      </SoftLink>
    </li>
  );
}
