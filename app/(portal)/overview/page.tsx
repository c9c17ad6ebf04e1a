import { Building2, ChartColumn } from "lucide-react";
import type { Metadata } from "next";
import { isFirstRunHidden } from "#app/first-run.ts";
import { FirstRunList } from "#components/organizations/first-run.tsx";
import { AttentionList } from "#components/overview/attention-list.tsx";
import { MemberOverview } from "#components/overview/member-overview.tsx";
import { Runways } from "#components/overview/runways.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { MisreadNote } from "#components/ui/misread-note.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { scopeWords } from "#components/ui/scope-words.ts";
import { hasRole } from "#lib/actor.ts";
import { addMonths, monthOf } from "#lib/calendar.ts";
import { COUNTED_NEAR_ALLOWANCE, countNearAllowance, memberCounts } from "#lib/members/queries/counts.ts";
import { firstRun } from "#lib/organizations/first-run.ts";
import { organizationsHref, organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { attentionOf } from "#lib/overview/attention.ts";
import { spendingOverview } from "#lib/overview/figures.ts";
import { overviewHref, overviewSearchParams } from "#lib/overview/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { manages, readsAny } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { hideFirstRunAction } from "../actions.ts";
import { Spending } from "./spending.tsx";

export const metadata: Metadata = { title: "Overview" };

/** How many months of members with usage are shown. */
const MONTHS_OF_MEMBERS = 6;

export default async function OverviewPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const raw = await searchParams;
  const view = overviewSearchParams.decode(raw);
  const user = await requireUser(overviewHref(view), "grant");
  if (!readsAny(user.scope)) {
    return (
      <>
        <PageHeader title="Overview" />
        <EmptyState icon={<Building2 />} title="No organizations for you yet">
          Nobody has given you access to an organization. Ask an owner of the portal for access.
        </EmptyState>
      </>
    );
  }
  const settings = getSettings();
  const now = new Date();
  const today = dayOf(now, settings.timeZone);
  const spending = await spendingOverview(user.scope, view, today);
  const month = monthOf(today);
  const members = await memberCounts(
    user.scope,
    Array.from({ length: MONTHS_OF_MEMBERS }, (_, index) => addMonths(month, index + 1 - MONTHS_OF_MEMBERS)),
  );
  const attention = attentionOf(user, now);
  const mayChange = hasRole(user.role, "admin");
  const steps = mayChange && !spending?.chosen && !(await isFirstRunHidden()) ? firstRun() : null;
  const place = scopeWords(user.scope.organizationIds);
  return (
    <>
      <PageHeader
        title="Overview"
        {...(place && { description: `Alerts, spending and members ${place}.` })}
      />
      <MisreadNote misread={overviewSearchParams.misread(raw)} />
      {steps && <FirstRunList done={steps} hide={hideFirstRunAction} offersDemo={user.role === "owner"} />}
      <section aria-labelledby="attention" className="mb-8">
        <h2 id="attention" className="mb-3 text-base font-semibold">
          Needs attention
        </h2>
        <AttentionList
          attention={attention}
          rights={{
            mayMoveCredits: mayChange,
            isOwner: hasRole(user.role, "owner"),
            mayManage: (id) => (id === null ? mayChange : manages(user.scope, id)),
          }}
        />
      </section>
      <section aria-labelledby="spending" className="mb-8">
        <h2 id="spending" className="mb-3 text-base font-semibold">
          Spending this month
        </h2>
        {spending?.chosen ? (
          <Spending spending={spending} chosen={spending.chosen} view={view} today={today} />
        ) : (
          <EmptyState icon={<ChartColumn />} title="Nothing was spent this month or last">
            Spending will appear here as soon as applications report it.
          </EmptyState>
        )}
      </section>
      {spending && (
        <section aria-labelledby="runway" className="mb-8">
          <h2 id="runway" className="text-base font-semibold">
            Runway
          </h2>
          <p className="mb-3 text-[0.8125rem] text-muted">
            How long credits last at the pace of the last 30 days, the shortest first.
          </p>
          <Runways
            organizations={spending.organizationRunways}
            pools={spending.poolRunways}
            today={today}
            dateFormat={settings.dateFormat}
            all={organizationsHref(organizationsSearchParams.defaults, {
              sort: "runs-out",
              status: "active",
            })}
          />
        </section>
      )}
      <section aria-labelledby="members">
        <h2 id="members" className="mb-3 text-base font-semibold">
          Members
        </h2>
        <MemberOverview
          counts={members}
          nearAllowance={{ count: countNearAllowance(user.scope, month), most: COUNTED_NEAR_ALLOWANCE }}
        />
      </section>
    </>
  );
}
