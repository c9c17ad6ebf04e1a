import type { ReactNode } from "react";
import { OrganizationHeader, type OrganizationTab } from "#components/organizations/organization-header.tsx";
import { OrganizationStatusForm } from "#components/organizations/organization-status.tsx";
import { countText } from "#components/refusals/words.ts";
import { hasRole } from "#lib/actor.ts";
import type { OrganizationDetail } from "#lib/organizations/queries.ts";
import type { SessionUser } from "#lib/portal-users/queries.ts";
import { refusalFilter } from "#lib/refusals/queries/filter.ts";
import { COUNTED_ROWS, countRefusals } from "#lib/refusals/queries/list.ts";
import { refusalsSearchParams } from "#lib/refusals/search-params.ts";
import { manages, type Scope } from "#lib/scope/scope.ts";
import { changeStatusAction } from "../actions.ts";
import { organizationPath } from "./code.ts";

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
  actions,
}: {
  user: SessionUser;
  organization: OrganizationDetail;
  tab: OrganizationTab;
  /** Buttons for users who may move its credits. */
  actions?: ReactNode;
}) {
  const mayChange = hasRole(user.role, "admin");
  const path = organizationPath(organization.code);
  return (
    <>
      <OrganizationHeader
        organization={organization}
        refusals={refusalCount(user.scope, organization.code)}
        tab={tab}
        mayManage={manages(user.scope, organization.id)}
        mayChange={mayChange}
        actions={actions}
      />
      {mayChange && (
        <OrganizationStatusForm
          items={[organization]}
          total={1}
          viewQuery=""
          back={tab === "overview" ? path : `${path}/${tab}`}
          action={changeStatusAction}
        />
      )}
    </>
  );
}
