import type { Metadata } from "next";
import { forbidden, notFound } from "next/navigation";
import { MembershipDeactivationMeaning } from "#components/members/membership-status.tsx";
import { membershipsByIds } from "#lib/members/queries/memberships.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { readRowId } from "#lib/row-id.ts";
import { manages, reads, type Scope } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { ConfirmStatusPage, LISTED, TooManyRows } from "../../confirm-status-page.tsx";
import { oneOf, statusQuestion } from "../../status-question.ts";
import { changeMembershipsStatusAction } from "../actions.ts";
import { statusRows } from "./rows.ts";

export const metadata: Metadata = { title: "Change status" };

/** Asks before a change of members' status where no dialog can. */
export default async function ChangeMembershipsStatusPage({
  searchParams,
}: {
  searchParams: Promise<RawSearchParams>;
}) {
  const raw = await searchParams;
  const { scope } = await requireUser("/members", "organization_admin");
  const organization = readRowId(oneOf(raw, "organization"));
  const question = statusQuestion(raw);
  const { to, view, ids } = question;
  const named = view === null ? membershipsByIds(scope, ids, 0) : [];
  if (view !== null && organization !== null) requireManaged(scope, [organization]);
  else if (view === null && ids.length > 0)
    requireManaged(
      scope,
      named.map((membership) => membership.organization.id),
    );
  const rows =
    view === null
      ? {
          changing: named.filter(({ active }) => active === (to === "deactivate")).map(({ id }) => id),
          total: named.length,
        }
      : await statusRows(scope, { to, view, organization });
  if (rows === null) return <TooManyRows title="Change status" back={question.back} />;
  const { changing, total } = rows;
  const listed = membershipsByIds(scope, changing.slice(0, LISTED), 0);
  const [only] = listed;
  return (
    <ConfirmStatusPage
      question={question}
      changing={changing}
      total={total}
      names={listed.map(({ name, email }) => `${name} (${email})`)}
      {...(only && { single: `${only.name} in ${only.organization.name}` })}
      one="member"
      many="members"
      meaning={<MembershipDeactivationMeaning />}
      fields={organization === null ? {} : { organization: String(organization) }}
      action={changeMembershipsStatusAction}
    />
  );
}

/** Not found where none of the organizations is in the scope, forbidden where one may only be read. */
function requireManaged(scope: Scope, organizationIds: readonly number[]): void {
  if (!organizationIds.some((id) => reads(scope, id))) notFound();
  if (!organizationIds.every((id) => manages(scope, id))) forbidden();
}
