import type { Metadata } from "next";
import { setApprovedDomainsAction } from "#app/(portal)/members/actions.ts";
import { grantOnOrganizationAction, removeGrantAction } from "#app/(portal)/settings/users/grants/actions.ts";
import { ApprovedDomainsForm } from "#components/members/approved-domains-form.tsx";
import { OrganizationSettingsForm } from "#components/organizations/organization-settings-form.tsx";
import { OrganizationGrants } from "#components/portal-users/organization-grants.tsx";
import { Card } from "#components/ui/card.tsx";
import { hasRole } from "#lib/actor.ts";
import { creditTypeOptions } from "#lib/credit-types/queries.ts";
import { grantsOnOrganization } from "#lib/grants/queries.ts";
import { domainsFormValues } from "#lib/members/domain-rules.ts";
import { approvedDomainsOf } from "#lib/members/queries/approved-domains.ts";
import { formerCodesOf } from "#lib/organization-codes/queries.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { organizationFormValues } from "#lib/organizations/rules.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { updateOrganizationAction } from "../../actions.ts";
import { decodeCode, managedOrganizationOfPage, organizationPath } from "../code.ts";
import { OrganizationPageTop } from "../page-top.tsx";

type Props = { params: Promise<{ code: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const code = decodeCode((await params).code);
  const { scope } = await requireUser(`${organizationPath(code)}/settings`, "organization_admin");
  return { title: `${getOrganization(scope, code)?.name ?? "Organization not found"}, settings` };
}

export default async function OrganizationSettingsPage({ params }: Props) {
  const code = decodeCode((await params).code);
  const user = await requireUser(`${organizationPath(code)}/settings`, "organization_admin");
  const { scope } = user;
  const mayChange = hasRole(user.role, "admin");
  const organization = managedOrganizationOfPage(scope, code, (path) => `${path}/settings`);
  const { id, creditTypeId, creditTypeName, currency, creditsMoved } = organization;
  const here = `${organizationPath(organization.code)}/settings`;
  const domains = approvedDomainsOf(scope, id);
  const options = creditTypeOptions(scope);
  // An archived type can stay, but cannot be chosen.
  const current = { id: creditTypeId, name: creditTypeName, currency };
  const creditTypes = options.some((type) => type.id === creditTypeId) ? options : [current, ...options];
  return (
    <>
      <OrganizationPageTop user={user} organization={organization} tab="settings" />
      <Card className="max-w-xl">
        <OrganizationSettingsForm
          organization={{
            id,
            values: organizationFormValues(organization),
            creditsMoved,
            formerCodes: formerCodesOf(scope, id),
            creditType: `${creditTypeName} (${currency})`,
            mayChangeIdentity: mayChange,
            mayCorrectCode: hasRole(user.role, "owner"),
          }}
          creditTypes={creditTypes}
          back={here}
          action={updateOrganizationAction}
        />
      </Card>
      <Card className="mt-6 max-w-xl">
        <h2 className="font-semibold">Automatic membership</h2>
        <p className="mt-1 mb-4 text-muted">
          {domains.length === 0
            ? "Off: only people who were added may spend. "
            : "On: anyone with an address of these domains becomes a member with their first usage, as a creator with the organization’s allowance. "}
          Add only email domains that belong to this organization. Usage by anyone else is still refused. To
          turn this off, clear the list; members who were added this way remain.
        </p>
        <ApprovedDomainsForm
          organizationId={id}
          values={domainsFormValues(domains)}
          back={here}
          action={setApprovedDomainsAction}
        />
      </Card>
      <OrganizationGrants
        organizationId={id}
        grants={grantsOnOrganization(user.scope, id)}
        calendar={getSettings()}
        back={here}
        giveAction={grantOnOrganizationAction}
        removeAction={removeGrantAction}
      />
    </>
  );
}
