import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { RefusalsBody, RefusalsExport, readRefusals } from "#app/(portal)/refusals/body.tsx";
import { canonicalHref } from "#app/(portal)/refusals/canonical.ts";
import { MemberHeader } from "#components/members/member-header.tsx";
import { memberHref } from "#components/members/words.ts";
import { MisreadNote } from "#components/ui/misread-note.tsx";
import { requireUser } from "#lib/portal-users/session.ts";
import { refusalsHref, refusalsSearchParams } from "#lib/refusals/search-params.ts";
import { type RawSearchParams, withIsoDays } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { memberOf } from "../member.ts";
import { memberRefusals } from "../refusal-count.ts";

type Props = { params: Promise<{ id: string }>; searchParams: Promise<RawSearchParams> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params;
  const { scope } = await requireUser(`/members/${id}/refusals`, "grant");
  return { title: `${memberOf(scope, id).name}, refusals` };
}

export default async function MemberRefusalsPage({ params, searchParams }: Props) {
  const { id } = await params;
  const raw = await searchParams;
  const isoParams = withIsoDays(raw, getSettings().dateFormat);
  const view = { ...refusalsSearchParams.decode(isoParams), member: "" };
  const { before, after } = view;
  const user = await requireUser(refusalsHref(view, { before, after }, `/members/${id}/refusals`), "grant");
  const member = memberOf(user.scope, id);
  const path = `${memberHref(member.id)}/refusals`;
  const elsewhere = await canonicalHref(user.scope, raw, view, path);
  if (elsewhere !== null) redirect(elsewhere);
  const ofMember = { ...view, member: String(member.id) };
  const settings = getSettings();
  const refusals = readRefusals(user, ofMember, settings);
  return (
    <>
      <MemberHeader
        member={member}
        tab="refusals"
        refusals={memberRefusals(user.scope, member.id)}
        actions={<RefusalsExport view={ofMember} isEmpty={refusals.list.items.length === 0} />}
      />
      <MisreadNote misread={refusalsSearchParams.misread(isoParams)} />
      <RefusalsBody user={user} view={ofMember} path={path} within="member" {...{ settings, refusals }} />
    </>
  );
}
