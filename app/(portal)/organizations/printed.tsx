import { OrganizationsPrint } from "#components/organizations/organization-print.tsx";
import type { PrintFrame } from "#components/ui/print-page.tsx";
import { snapshot } from "#db/statement.ts";
import { moneyByType } from "#lib/credit-types/queries.ts";
import { listOrganizations } from "#lib/organizations/queries/list.ts";
import { organizationTotals, totalsByCreditType } from "#lib/organizations/queries/totals.ts";
import type { OrganizationsView } from "#lib/organizations/search-params.ts";
import { PRINTED_ROWS } from "#lib/print.ts";
import { isWhole, type Scope } from "#lib/scope/scope.ts";

/** All organizations of the view, to be printed. */
export function PrintedOrganizations({
  scope,
  view,
  frame,
}: {
  scope: Scope;
  view: OrganizationsView;
  frame: PrintFrame;
}) {
  const { byCreditType, list } = snapshot(() => {
    const byCreditType = totalsByCreditType(scope);
    return { byCreditType, list: listOrganizations(scope, { ...view, page: 1 }, byCreditType, PRINTED_ROWS) };
  });
  return (
    <OrganizationsPrint
      frame={frame}
      view={view}
      list={{ items: list.items, total: list.counts[view.status], more: false }}
      money={moneyByType()}
      totals={organizationTotals(byCreditType)}
      byCreditType={byCreditType}
      isPart={!isWhole(scope)}
    />
  );
}
