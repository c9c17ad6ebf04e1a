import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { RefusalsBody, RefusalsExport, readRefusals } from "#app/(portal)/refusals/body.tsx";
import { canonicalHref } from "#app/(portal)/refusals/canonical.ts";
import { MisreadNote } from "#components/ui/misread-note.tsx";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { refusalsHref, refusalsSearchParams } from "#lib/refusals/search-params.ts";
import { type RawSearchParams, withIsoDays } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { decodeCode, organizationOfPage, organizationPath } from "../code.ts";
import { OrganizationPageTop } from "../page-top.tsx";

type Props = { params: Promise<{ code: string }>; searchParams: Promise<RawSearchParams> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const code = decodeCode((await params).code);
  const { scope } = await requireUser(`${organizationPath(code)}/refusals`, "grant");
  return { title: `${getOrganization(scope, code)?.name ?? "Organization not found"}, refusals` };
}

export default async function OrganizationRefusalsPage({ params, searchParams }: Props) {
  const code = decodeCode((await params).code);
  const raw = await searchParams;
  const isoParams = withIsoDays(raw, getSettings().dateFormat);
  const view = { ...refusalsSearchParams.decode(isoParams), organization: "" };
  const { before, after } = view;
  const here = `${organizationPath(code)}/refusals`;
  const user = await requireUser(refusalsHref(view, { before, after }, here), "grant");
  const organization = organizationOfPage(user.scope, code, (path) =>
    refusalsHref(view, { before, after }, `${path}/refusals`),
  );
  const elsewhere = await canonicalHref(user.scope, raw, view, here);
  if (elsewhere !== null) redirect(elsewhere);
  const path = `${organizationPath(organization.code)}/refusals`;
  const ofOrganization = { ...view, organization: organization.code };
  const settings = getSettings();
  const refusals = readRefusals(user, ofOrganization, settings);
  return (
    <>
      <OrganizationPageTop user={user} organization={organization} tab="refusals" />
      <MisreadNote misread={refusalsSearchParams.misread(isoParams)} />
      <div className="mb-4 flex justify-end">
        <RefusalsExport view={ofOrganization} isEmpty={refusals.list.items.length === 0} size="sm" />
      </div>
      <RefusalsBody
        user={user}
        view={ofOrganization}
        path={path}
        within="organization"
        settings={settings}
        refusals={refusals}
      />
    </>
  );
}
