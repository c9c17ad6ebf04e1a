import { ChartColumn } from "lucide-react";
import type { Metadata } from "next";
import { AttentionList } from "#components/overview/attention-list.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { MisreadNote } from "#components/ui/misread-note.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { scopeWords } from "#components/ui/scope-words.ts";
import { hasRole } from "#lib/actor.ts";
import { attentionIn } from "#lib/overview/attention.ts";
import { spendingOverview } from "#lib/overview/figures.ts";
import { overviewHref, overviewSearchParams } from "#lib/overview/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { Spending } from "./spending.tsx";

export const metadata: Metadata = { title: "Overview" };

export default async function OverviewPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const raw = await searchParams;
  const view = overviewSearchParams.decode(raw);
  const user = await requireUser(overviewHref(view), "grant");
  const settings = getSettings();
  const now = new Date();
  const today = dayOf(now, settings.timeZone);
  const spending = await spendingOverview(user.scope, view, today);
  const attention = attentionIn(user.scope, now);
  const place = scopeWords(user.scope.organizationIds);
  return (
    <>
      <PageHeader title="Overview" {...(place && { description: `What happens ${place}.` })} />
      <MisreadNote misread={overviewSearchParams.misread(raw)} />
      <section aria-labelledby="attention" className="mb-8">
        <h2 id="attention" className="mb-3 text-base font-semibold">
          Needs attention
        </h2>
        <AttentionList
          attention={attention}
          rights={{ mayMoveCredits: hasRole(user.role, "admin") }}
          calendar={settings}
        />
      </section>
      <section aria-labelledby="spending">
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
    </>
  );
}
