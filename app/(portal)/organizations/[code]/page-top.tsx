import { OrganizationHeader, type OrganizationTab } from "#components/organizations/organization-header.tsx";
import { OrganizationStatusForm } from "#components/organizations/organization-status.tsx";
import { countText } from "#components/refusals/words.ts";
import { hasRole } from "#lib/actor.ts";
import type { OrganizationDetail } from "#lib/organizations/queries/organizations.ts";
import type { SessionUser } from "#lib/portal-users/queries.ts";
import { refusalFilter } from "#lib/refusals/queries/filter.ts";
import { COUNTED_ROWS, countRefusals } from "#lib/refusals/queries/list.ts";
import { refusalsSearchParams } from "#lib/refusals/search-params.ts";
import { manages, type Scope } from "#lib/scope/scope.ts";
import { changeStatusAction } from "../actions.ts";
import { organizationPath } from "./code.ts";
import { CreditButtons } from "./credits/buttons.tsx";

/** How many rows of refusals an organization has, as the tab shows it. */
function refusalCount(scope: Scope, code: string): string {
  const view = { ...refusalsSearchParams.defaults, organization: code };
  return countText(countRefusals(refusalFilter(scope, view, "UTC")), COUNTED_ROWS);
}

/** What each page of an organization begins with: its name, status and tabs, and the form that changes the status. */
export function OrganizationPageTop({
  user,
  organization,
  tab,
}: {
  user: SessionUser;
  organization: OrganizationDetail;
  tab: OrganizationTab;
}) {
  const mayChange = hasRole(user.role, "admin");
  const path = organizationPath(organization.code);
  const here = tab === "overview" ? path : `${path}/${tab}`;
  return (
    <>
      <OrganizationHeader
        organization={organization}
        refusals={refusalCount(user.scope, organization.code)}
        tab={tab}
        mayManage={manages(user.scope, organization.id)}
        mayChange={mayChange}
        actions={mayChange && <CreditButtons scope={user.scope} organization={organization} back={here} />}
      />
      {mayChange && (
        <OrganizationStatusForm
          items={[organization]}
          total={1}
          viewQuery=""
          back={here}
          action={changeStatusAction}
        />
      )}
    </>
  );
}
