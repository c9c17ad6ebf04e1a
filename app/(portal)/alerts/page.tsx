import { BellOff, CircleCheck, SearchX } from "lucide-react";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { AlertFilters } from "#components/alerts/alert-filters.tsx";
import { AlertList } from "#components/alerts/alert-list.tsx";
import { MutedRules } from "#components/alerts/muted-rules.tsx";
import { countText } from "#components/refusals/words.ts";
import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { KeysetPages } from "#components/ui/keyset-pages.tsx";
import { MisreadNote } from "#components/ui/misread-note.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { TabLinks } from "#components/ui/tab-links.tsx";
import { hasRole } from "#lib/actor.ts";
import {
  alertFilter,
  COUNTED_ALERTS,
  countAlerts,
  listAlerts,
  mutedRulesOf,
} from "#lib/alerts/queries/list.ts";
import { listMutedRules } from "#lib/alerts/queries/rules.ts";
import { ALERT_KIND_NAMES, ALERT_KINDS, ALERT_STATES } from "#lib/alerts/rules/kinds.ts";
import { KIND_LABELS } from "#lib/alerts/rules/words.ts";
import { type AlertsView, alertsHref, alertsSearchParams, isFiltered } from "#lib/alerts/search-params.ts";
import { OLDEST } from "#lib/keyset.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { isWhole, manages, type Scope } from "#lib/scope/scope.ts";
import { type RawSearchParams, withMisread } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { OrganizationNotThere } from "../organization-not-there.tsx";
import { suggestOrganizations } from "../transactions/suggestions.ts";
import { acknowledgeAlertsAction, muteRuleAction } from "./actions.ts";

export const metadata: Metadata = { title: "Alerts" };

const STATE_LABELS = { open: "Open", acknowledged: "Acknowledged", resolved: "Resolved" } as const;

const NONE = {
  open: {
    title: "Nothing needs attention",
    text: "Alerts about balances, pools, allowances, refusals and keys will appear here as soon as a rule finds something.",
  },
  acknowledged: {
    title: "Nothing is acknowledged",
    text: "Alerts that somebody looks after are here until their cause is put right.",
  },
  resolved: {
    title: "Nothing was resolved yet",
    text: "Alerts are here once their cause was put right, with what resolved them.",
  },
} as const;

/** The address to redirect a view to, or null: a form without JavaScript sends empty fields, and names. */
function canonicalHref(scope: Scope, raw: RawSearchParams, view: AlertsView): string | null {
  const { organization } = alertFilter(scope, view);
  const change: Partial<AlertsView> = {};
  if (organization && organization.code !== view.organization) change.organization = organization.code;
  if (!organization && view.organization) {
    const [only, ...others] = suggestOrganizations(scope, view.organization, 2);
    if (only && others.length === 0) change.organization = only.value;
  }
  const untidy = Object.values(raw).some((value) => value === "");
  if (!untidy && Object.keys(change).length === 0) return null;
  const href = alertsHref({ ...view, ...change }, { before: view.before, after: view.after });
  return withMisread(href, alertsSearchParams.misread(raw));
}

/** The inbox: what needs attention in the user's scope, what somebody looks after, and what was resolved. */
export default async function AlertsPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const raw = await searchParams;
  const view = alertsSearchParams.decode(raw);
  const { before, after } = view;
  const here = alertsHref(view, { before, after });
  const { scope, role, id } = await requireUser(here, "grant");
  const elsewhere = canonicalHref(scope, raw, view);
  if (elsewhere !== null) redirect(elsewhere);
  const mutedRules = mutedRulesOf(id);
  const filter = alertFilter(scope, view, mutedRules);
  const { items, newer, older } = listAlerts(filter, view);
  const settings = getSettings();
  const isAdmin = hasRole(role, "admin");
  const kinds = ALERT_KIND_NAMES.filter((kind) => isWhole(scope) || ALERT_KINDS[kind].scoped);
  return (
    <>
      <PageHeader
        title="Alerts"
        actions={
          <>
            {isAdmin && (
              <SoftLink href="/settings/alerts" className={buttonClass()}>
                Alert rules
              </SoftLink>
            )}
            {items.length > 0 && (
              <a href={alertsHref(view, {}, "/alerts/export")} download className={buttonClass()}>
                Export CSV
              </a>
            )}
          </>
        }
      />
      <MisreadNote misread={alertsSearchParams.misread(raw)} />
      <div className="mb-4">
        <TabLinks
          label="State"
          items={ALERT_STATES.map((state) => ({
            href: alertsHref(view, { state }),
            label: STATE_LABELS[state],
            current: view.state === state,
            count: countText(countAlerts({ ...filter, state }), COUNTED_ALERTS),
          }))}
        />
      </div>
      <AlertFilters
        view={view}
        kinds={kinds.map((kind) => ({ kind, label: KIND_LABELS[kind] }))}
        hasMuted={mutedRules.length > 0}
      />
      {view.organization !== "" && filter.organization === null && (
        <OrganizationNotThere
          scope={scope}
          code={view.organization}
          href={(organization) => alertsHref(view, { organization })}
        />
      )}
      {items.length > 0 ? (
        <>
          <AlertList
            items={items}
            calendar={settings}
            rights={{
              mayMoveCredits: isAdmin,
              mayManage: (organizationId) =>
                organizationId === null ? isAdmin : manages(scope, organizationId),
              isOwner: hasRole(role, "owner"),
            }}
            mutedRules={mutedRules}
            back={here}
            acknowledge={acknowledgeAlertsAction}
            mute={muteRuleAction}
          />
          <KeysetPages
            first={alertsHref(view)}
            newer={newer && alertsHref(view, { after: newer })}
            older={older && alertsHref(view, { before: older })}
            last={alertsHref(view, { after: OLDEST })}
          />
          <p className="mt-3 text-[0.8125rem] text-muted">
            Times are in {settings.timeZone}. Figures are those at the moment when an alert opened.
          </p>
        </>
      ) : isFiltered(view) ? (
        <EmptyState
          icon={<SearchX />}
          title="No alert matches"
          action={
            <SoftLink href={alertsHref({ state: view.state })} className={buttonClass()}>
              Clear filters
            </SoftLink>
          }
        >
          No {STATE_LABELS[view.state].toLowerCase()} alerts match these filters.
        </EmptyState>
      ) : (
        <EmptyState
          icon={mutedRules.length > 0 ? <BellOff /> : <CircleCheck />}
          title={NONE[view.state].title}
          action={
            mutedRules.length > 0 && (
              <SoftLink href={alertsHref(view, { muted: "show" })} className={buttonClass()}>
                Show muted
              </SoftLink>
            )
          }
        >
          {NONE[view.state].text}
          {mutedRules.length > 0 && " You have muted some rules."}
        </EmptyState>
      )}
      {view.muted === "show" && (
        <MutedRules rules={listMutedRules(id, scope)} back={here} mute={muteRuleAction} />
      )}
    </>
  );
}
