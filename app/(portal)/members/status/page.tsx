import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { MembershipDeactivationMeaning } from "#components/members/membership-status.tsx";
import { Card } from "#components/ui/card.tsx";
import { ConfirmStatus } from "#components/ui/confirm-status.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { formatCount } from "#lib/credits.ts";
import { membershipIdsOf, membershipsByIds } from "#lib/members/queries.ts";
import { membershipsSearchParams } from "#lib/members/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { oneOf, statusQuestion } from "../../status-question.ts";
import { changeMembershipsStatusAction } from "../actions.ts";

export const metadata: Metadata = { title: "Change status" };

const LISTED = 24;

/** Asks before a change of members' status where no dialog can. */
export default async function ChangeMembershipsStatusPage({
  searchParams,
}: {
  searchParams: Promise<RawSearchParams>;
}) {
  const raw = await searchParams;
  await requireUser("/members", "admin");
  const { to, view, back, ids: named } = statusQuestion(raw);
  const organization = /^[1-9]\d{0,14}$/.exec(oneOf(raw, "organization"))?.[0];
  const wholeView = view !== null && organization !== undefined;
  const ids = wholeView
    ? membershipIdsOf(Number(organization), membershipsSearchParams.decode(new URLSearchParams(view)))
    : named;
  const listed = membershipsByIds(ids.slice(0, LISTED), 0);
  const [first] = listed;
  if (!first) redirect(back);
  const subject =
    ids.length === 1 ? `${first.name} in ${first.organization.name}` : `${formatCount(ids.length)} members`;
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={`${to === "activate" ? "Activate" : "Deactivate"} ${subject}?`} />
      <Card>
        <ConfirmStatus
          to={to}
          {...(wholeView ? { viewQuery: view } : { ids })}
          {...(organization !== undefined && { fields: { organization } })}
          names={listed.map(({ name, email }) => `${name} (${email})`)}
          more={ids.length - listed.length}
          meaning={<MembershipDeactivationMeaning />}
          back={back}
          action={changeMembershipsStatusAction}
        />
      </Card>
    </div>
  );
}
