import type { Metadata } from "next";
import { rowsOfView } from "#app/status-change.ts";
import { OrganizationDeactivationMeaning } from "#components/organizations/organization-status.tsx";
import { organizationIds } from "#lib/organizations/queries/list.ts";
import { organizationsByIds } from "#lib/organizations/queries/organizations.ts";
import { type OrganizationsView, organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { ConfirmStatusPage, LISTED } from "../../confirm-status-page.tsx";
import { statusQuestion } from "../../status-question.ts";
import { changeStatusAction } from "../actions.ts";

export const metadata: Metadata = { title: "Change status" };

/** Asks before a change of status where no dialog can. */
export default async function ChangeStatusPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const question = statusQuestion(await searchParams);
  const { scope } = await requireUser("/organizations", "admin");
  const idsOf = (some: OrganizationsView) => organizationIds(scope, some);
  const { to, view, ids } = question;
  const whole = view === null ? null : organizationsSearchParams.decode(new URLSearchParams(view));
  const named = whole ? [] : organizationsByIds(scope, ids);
  const { changing, total } = whole
    ? rowsOfView(whole, to, idsOf)
    : {
        changing: named.filter(({ active }) => active === (to === "deactivate")).map(({ id }) => id),
        total: named.length,
      };
  return (
    <ConfirmStatusPage
      question={question}
      changing={changing}
      total={total}
      names={organizationsByIds(scope, changing.slice(0, LISTED)).map(({ name }) => name)}
      one="organization"
      many="organizations"
      meaning={<OrganizationDeactivationMeaning />}
      action={changeStatusAction}
    />
  );
}
