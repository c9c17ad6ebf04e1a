import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { ChangeTagsForm } from "#components/organizations/change-tags-form.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { BATCH_MAX } from "#lib/bulk/rules/batches.ts";
import { organizationIds } from "#lib/organizations/queries/list.ts";
import { organizationsByIds } from "#lib/organizations/queries/organizations.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { TooManyRows } from "../../../confirm-status-page.tsx";
import { statusQuestion } from "../../../status-question.ts";
import { changeTagsAction } from "../../actions.ts";

export const metadata: Metadata = { title: "Change tags" };

/** Changes the tags of a selection where no dialog can. */
export default async function ChangeTagsPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const { view, ids, back } = statusQuestion(await searchParams);
  const { scope } = await requireUser("/organizations", "admin");
  const chosen = view === null ? organizationsByIds(scope, ids).map(({ id }) => String(id)) : [];
  const total =
    view === null
      ? chosen.length
      : organizationIds(scope, organizationsSearchParams.decode(new URLSearchParams(view))).length;
  if (total === 0) redirect(back);
  if (total > BATCH_MAX) return <TooManyRows title="Change tags" back={back} />;
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title="Change tags" />
      <Card>
        <ChangeTagsForm selection={{ ids: chosen, view, total }} back={back} action={changeTagsAction} />
      </Card>
    </div>
  );
}
