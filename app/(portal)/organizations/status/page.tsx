import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { DeactivationMeaning } from "#components/organizations/deactivation-meaning.tsx";
import { Card } from "#components/ui/card.tsx";
import { ConfirmStatus } from "#components/ui/confirm-status.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { formatCount } from "#lib/credits.ts";
import { organizationIds, organizationsByIds } from "#lib/organizations/queries.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { statusQuestion } from "../../status-question.ts";
import { changeStatusAction } from "../actions.ts";

export const metadata: Metadata = { title: "Change status" };

const LISTED = 24;

/** Asks before a change of status where no dialog can. */
export default async function ChangeStatusPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const question = statusQuestion(await searchParams);
  await requireUser("/organizations", "admin");
  const { to, view, back } = question;
  const ids =
    view === null
      ? question.ids
      : organizationIds(organizationsSearchParams.decode(new URLSearchParams(view)));
  const listed = organizationsByIds(ids.slice(0, LISTED));
  if (listed.length === 0) redirect(back);
  const title = to === "activate" ? "Activate" : "Deactivate";
  const subject = ids.length === 1 ? (listed[0]?.name ?? "") : `${formatCount(ids.length)} organizations`;
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={`${title} ${subject}?`} />
      <Card>
        <ConfirmStatus
          to={to}
          {...(view === null ? { ids } : { viewQuery: view })}
          names={listed.map((organization) => organization.name)}
          more={ids.length - listed.length}
          meaning={<DeactivationMeaning />}
          back={back}
          action={changeStatusAction}
        />
      </Card>
    </div>
  );
}
