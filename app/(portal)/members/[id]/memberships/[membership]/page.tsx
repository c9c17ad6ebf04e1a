import type { Metadata } from "next";
import { forbidden, notFound } from "next/navigation";
import { backFrom } from "#app/(portal)/back.ts";
import { oneOf } from "#app/(portal)/status-question.ts";
import { EditMembershipForm } from "#components/members/member-forms.tsx";
import { editableMembership, memberHref } from "#components/members/words.ts";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { cappedCredits, parseCredits, plainCredits } from "#lib/credits.ts";
import { type MembershipItem, membershipsByIds } from "#lib/members/queries/memberships.ts";
import { effectiveAllowance } from "#lib/members/rules.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { readRowId } from "#lib/row-id.ts";
import { manages } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { updateMembershipAction } from "../../../actions.ts";
import { memberOf } from "../../member.ts";

/** The allowance of a form that a link opens to raise it by this much; null without such a link, or without a limit. */
function raisedAllowance(membership: MembershipItem, by: string): string | null {
  const allowance = effectiveAllowance(membership, membership.organization.monthlyAllowance);
  const more = parseCredits(by);
  if (allowance === null || !more.ok) return null;
  return plainCredits(cappedCredits(allowance + more.value));
}

export const metadata: Metadata = { title: "Edit membership" };

export default async function EditMembershipPage({
  params,
  searchParams,
}: {
  params: Promise<{ id: string; membership: string }>;
  searchParams: Promise<RawSearchParams>;
}) {
  const segments = await params;
  const { scope } = await requireUser(
    `/members/${segments.id}/memberships/${segments.membership}`,
    "organization_admin",
  );
  const member = memberOf(scope, segments.id);
  const id = readRowId(segments.membership) ?? 0;
  const [membership] = membershipsByIds(scope, [id], 0);
  if (!membership || membership.memberId !== member.id || membership.merged) notFound();
  if (!manages(scope, membership.organization.id)) forbidden();
  const raw = await searchParams;
  const back = backFrom(raw, memberHref(member.id));
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={`${member.name} in ${membership.organization.name}`} />
      <Card>
        <EditMembershipForm
          membership={editableMembership(membership)}
          raised={raisedAllowance(membership, oneOf(raw, "raise"))}
          back={back}
          action={updateMembershipAction}
        />
      </Card>
      {/* Also for where no script opens the menu of a list. */}
      <p className="mt-4">
        <SoftLink
          href={`/members/status?${new URLSearchParams({ id: String(id), to: membership.active ? "deactivate" : "activate", back })}`}
          className="rounded-sm text-accent hover:underline"
        >
          {membership.active ? "Deactivate" : "Activate"} in {membership.organization.name}
        </SoftLink>
      </p>
      <p className="mt-2 text-muted">
        {membership.lastActiveAt === null ? (
          <SoftLink
            href={`${memberHref(member.id)}/memberships/${id}/remove?${new URLSearchParams({ back })}`}
            className="rounded-sm text-accent hover:underline"
          >
            Remove from {membership.organization.name}
          </SoftLink>
        ) : (
          "A member who has spent credits cannot be removed, only deactivated."
        )}
      </p>
    </div>
  );
}
