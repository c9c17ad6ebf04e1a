import type { Metadata } from "next";
import { forbidden, notFound } from "next/navigation";
import { backFrom } from "#app/(portal)/back.ts";
import { RemoveMembershipForm } from "#components/members/remove-membership.tsx";
import { memberHref } from "#components/members/words.ts";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { membershipsByIds } from "#lib/members/queries/memberships.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { readRowId } from "#lib/row-id.ts";
import { isWhole, manages } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { removeMembershipAction } from "../../../../actions.ts";
import { memberOf } from "../../../member.ts";

export const metadata: Metadata = { title: "Remove member" };

export default async function RemoveMembershipPage({
  params,
  searchParams,
}: {
  params: Promise<{ id: string; membership: string }>;
  searchParams: Promise<RawSearchParams>;
}) {
  const segments = await params;
  const { scope } = await requireUser(
    `/members/${segments.id}/memberships/${segments.membership}/remove`,
    "organization_admin",
  );
  const member = memberOf(scope, segments.id);
  const id = readRowId(segments.membership) ?? 0;
  const [membership] = membershipsByIds(scope, [id], 0);
  if (!membership || membership.memberId !== member.id) notFound();
  if (!manages(scope, membership.organization.id)) forbidden();
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={`Remove ${member.name} from ${membership.organization.name}?`} />
      <Card>
        <RemoveMembershipForm
          id={id}
          // Null where the person may have memberships outside the user's scope.
          isLast={member.memberships > 1 ? false : isWhole(scope) || null}
          back={backFrom(await searchParams, memberHref(member.id))}
          action={removeMembershipAction}
        />
      </Card>
    </div>
  );
}
