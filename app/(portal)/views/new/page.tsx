import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { oneOf } from "#app/(portal)/status-question.ts";
import { SaveViewForm } from "#components/saved-views/view-forms.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { hasRole } from "#lib/actor.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { readViewHref } from "#lib/saved-views/rules/views.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { saveViewAction } from "../actions.ts";

export const metadata: Metadata = { title: "Save view" };

/** `?href=…` is the list to save; without one there is nothing to save. */
export default async function SaveViewPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const view = readViewHref(oneOf(await searchParams, "href"));
  const user = await requireUser("/views", "grant");
  if (!view.ok) redirect("/views");
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title="Save view" />
      <Card>
        <SaveViewForm href={view.value} mayShare={hasRole(user.role, "admin")} action={saveViewAction} />
      </Card>
    </div>
  );
}
