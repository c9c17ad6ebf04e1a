import type { Metadata } from "next";
import { ApiKeysBody, CreateKeyLink } from "#app/(portal)/api-keys/body.tsx";
import { MisreadNote } from "#components/ui/misread-note.tsx";
import { apiKeysHref, apiKeysSearchParams } from "#lib/api-keys/search-params.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { manages } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { decodeCode, organizationOfPage, organizationPath } from "../code.ts";
import { OrganizationPageTop } from "../page-top.tsx";

type Props = { params: Promise<{ code: string }>; searchParams: Promise<RawSearchParams> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const code = decodeCode((await params).code);
  const { scope } = await requireUser(`${organizationPath(code)}/api-keys`, "grant");
  return { title: `${getOrganization(scope, code)?.name ?? "Organization not found"}, API keys` };
}

export default async function OrganizationApiKeysPage({ params, searchParams }: Props) {
  const code = decodeCode((await params).code);
  const raw = await searchParams;
  const view = { ...apiKeysSearchParams.decode(raw), scope: "all" as const };
  const user = await requireUser(
    apiKeysHref(view, { before: view.before }, `${organizationPath(code)}/api-keys`),
    "grant",
  );
  const organization = organizationOfPage(user.scope, code, (path) =>
    apiKeysHref(view, { before: view.before }, `${path}/api-keys`),
  );
  const mayManage = manages(user.scope, organization.id);
  const path = `${organizationPath(organization.code)}/api-keys`;
  return (
    <>
      <OrganizationPageTop user={user} organization={organization} tab="api-keys" />
      <div className="mb-4 flex flex-wrap items-start justify-between gap-3">
        <p className="min-w-0 text-muted">
          Applications use these keys to report usage of this organization’s members only.
        </p>
        {mayManage && <CreateKeyLink organization={organization.code} back={path} />}
      </div>
      <MisreadNote misread={apiKeysSearchParams.misread(raw)} />
      <ApiKeysBody user={user} owner={organization.id} view={view} path={path} />
    </>
  );
}
