import type { Metadata } from "next";
import { forbidden, notFound } from "next/navigation";
import { idsOfStatus } from "#app/status-change.ts";
import { MembershipDeactivationMeaning } from "#components/members/membership-status.tsx";
import { readRowId } from "#lib/fields.ts";
import { membershipIdsOf, membershipsByIds } from "#lib/members/queries/memberships.ts";
import { membershipsSearchParams } from "#lib/members/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { manages, reads, type Scope } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { ConfirmStatusPage, LISTED } from "../../confirm-status-page.tsx";
import { oneOf, statusQuestion } from "../../status-question.ts";
import { changeMembershipsStatusAction } from "../actions.ts";

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
  const formQuestion = statusQuestion(raw);
  // A view is of one organization.
  const question = organization === null ? { ...formQuestion, view: null } : formQuestion;
  const { to, view, ids } = question;
  const whole = view === null ? null : membershipsSearchParams.decode(new URLSearchParams(view));
  const named = whole ? [] : membershipsByIds(scope, ids, 0);
  const organizationIds = whole ? [organization ?? 0] : named.map((membership) => membership.organization.id);
  if (whole || ids.length > 0) requireManaged(scope, organizationIds);
  const idsOf = (of: typeof membershipsSearchParams.defaults) =>
    organization === null ? [] : membershipIdsOf(scope, organization, of);
  const changing = whole
    ? idsOfStatus(whole, to === "activate" ? "inactive" : "active", idsOf)
    : named.filter(({ active }) => active === (to === "deactivate")).map(({ id }) => id);
  const listed = membershipsByIds(scope, changing.slice(0, LISTED), 0);
  const [only] = listed;
  return (
    <ConfirmStatusPage
      question={question}
      changing={changing}
      total={whole ? idsOf(whole).length : named.length}
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
