import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { MisreadNote } from "#components/ui/misread-note.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { requireUser } from "#lib/portal-users/session.ts";
import { refusalsHref, refusalsSearchParams } from "#lib/refusals/search-params.ts";
import { type RawSearchParams, withIsoDays } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { RefusalsBody, RefusalsExport, readRefusals } from "./body.tsx";
import { canonicalHref } from "./canonical.ts";

export const metadata: Metadata = { title: "Refusals" };

const PATH = "/refusals";

export default async function RefusalsPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const raw = await searchParams;
  const isoParams = withIsoDays(raw, getSettings().dateFormat);
  const view = refusalsSearchParams.decode(isoParams);
  const { before, after } = view;
  const user = await requireUser(refusalsHref(view, { before, after }), "grant");
  const elsewhere = await canonicalHref(user.scope, raw, view, PATH);
  if (elsewhere !== null) redirect(elsewhere);
  const settings = getSettings();
  const refusals = readRefusals(user, view, settings);
  return (
    <>
      <PageHeader
        title="Refusals"
        actions={<RefusalsExport view={view} isEmpty={refusals.list.items.length === 0} />}
      />
      <MisreadNote misread={refusalsSearchParams.misread(isoParams)} />
      <RefusalsBody user={user} view={view} path={PATH} within={null} {...{ settings, refusals }} />
    </>
  );
}
