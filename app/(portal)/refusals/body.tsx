import { Ban, SearchX } from "lucide-react";
import { RefusalFilters } from "#components/refusals/refusal-filters.tsx";
import { RefusalList } from "#components/refusals/refusal-list.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { KeysetPages } from "#components/ui/keyset-pages.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { hasRole } from "#lib/actor.ts";
import { getApiKey, listApiKeys } from "#lib/api-keys/queries.ts";
import { formatCount } from "#lib/credits.ts";
import { OLDEST } from "#lib/keyset.ts";
import type { SessionUser } from "#lib/portal-users/queries.ts";
import { refusalFilter } from "#lib/refusals/queries/filter.ts";
import { listRefusals } from "#lib/refusals/queries/list.ts";
import { readRefusalDays } from "#lib/refusals/queries/retention.ts";
import { isFiltered, type RefusalsView, refusalsHref } from "#lib/refusals/search-params.ts";
import { manages, type Scope } from "#lib/scope/scope.ts";
import type { Settings } from "#lib/settings/queries.ts";
import { OrganizationNotThere } from "../organization-not-there.tsx";

/** The keys that the filter offers: the newest ones, and the chosen one. */
function keysOffered(scope: Scope, chosen: number | null): { id: number; name: string }[] {
  const { items } = listApiKeys(scope, "all", { before: null, after: null });
  const keys = items.map(({ id, name }) => ({ id, name }));
  if (chosen === null || keys.some(({ id }) => id === chosen)) return keys;
  return [...keys, { id: chosen, name: getApiKey(scope, chosen)?.name ?? `No. ${chosen}` }];
}

/** The view's filter and the page of its list. */
export function readRefusals({ scope }: SessionUser, view: RefusalsView, { timeZone }: Settings) {
  const filter = refusalFilter(scope, view, timeZone);
  return { filter, list: listRefusals(filter, view) };
}

/** The link to the view as a file; nothing where no request was refused. */
export function RefusalsExport({
  view,
  isEmpty,
  size = "md",
}: {
  view: RefusalsView;
  isEmpty: boolean;
  size?: "sm" | "md";
}) {
  if (isEmpty) return null;
  return (
    <a href={refusalsHref(view, {}, "/refusals/export")} download className={buttonClass({ size })}>
      Export CSV
    </a>
  );
}

/** Filters and list: of everything in the user's scope, or `within` one organization or one member. */
export function RefusalsBody({
  user,
  view,
  path,
  within,
  settings,
  refusals,
}: {
  user: SessionUser;
  /** With the organization's code, or the member's id, of the page. */
  view: RefusalsView;
  path: string;
  within: "organization" | "member" | null;
  settings: Settings;
  refusals: ReturnType<typeof readRefusals>;
}) {
  const { scope, role } = user;
  const { filter, list } = refusals;
  const { items, newer, older } = list;
  // The page's own organization or member is in its path.
  const own = { ...view, ...(within && { [within]: "" }) };
  const href = (change: Partial<RefusalsView>) => refusalsHref(own, change, path);
  const days = readRefusalDays();
  const daysText = `${formatCount(days)} ${days === 1 ? "day" : "days"}`;
  return (
    <>
      <RefusalFilters
        view={own}
        path={path}
        dateFormat={settings.dateFormat}
        memberText={filter.member?.email ?? view.member}
        keys={keysOffered(scope, view.key)}
        withOrganization={within !== "organization"}
        withMember={within !== "member"}
      />
      {view.organization !== "" && filter.organization === null && (
        <OrganizationNotThere
          scope={scope}
          code={view.organization}
          href={(organization) => href({ organization })}
        />
      )}
      {view.member !== "" && filter.member === null && (
        <div className="mb-4">
          <Alert tone="warning">There is no such member.</Alert>
        </div>
      )}
      {items.length === 0 && !isFiltered(own) ? (
        <EmptyState icon={<Ban />} title="Nothing was refused">
          Usage that the portal refuses for reasons of money or rights will appear here, and be kept for{" "}
          {daysText}.
        </EmptyState>
      ) : items.length === 0 ? (
        <EmptyState
          icon={<SearchX />}
          title="No refusal matches"
          action={
            <SoftLink href={path} className={buttonClass()}>
              Show all refusals
            </SoftLink>
          }
        >
          No refusals match these filters.
        </EmptyState>
      ) : (
        <>
          <RefusalList
            items={items}
            calendar={settings}
            rights={{ mayAddCredits: hasRole(role, "admin"), mayManage: (id) => manages(scope, id) }}
            back={href({ before: view.before, after: view.after })}
            showOrganization={within !== "organization"}
            showMember={within !== "member"}
          />
          <KeysetPages
            first={href({})}
            newer={newer && href({ after: newer })}
            older={older && href({ before: older })}
            last={href({ after: OLDEST })}
          />
          <p className="mt-3 text-[0.8125rem] text-muted">
            Times are in {settings.timeZone}. Equal refusals of one minute are one row. Refusals are kept for{" "}
            {daysText}.
          </p>
        </>
      )}
    </>
  );
}
