import type { Metadata } from "next";
import { forbidden, notFound } from "next/navigation";
import { RemoveViewForm, RenameViewForm } from "#components/saved-views/view-forms.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { hasRole } from "#lib/actor.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { readRowId } from "#lib/row-id.ts";
import { getView } from "#lib/saved-views/queries.ts";
import { removeViewAction, renameViewAction } from "../actions.ts";

export const metadata: Metadata = { title: "Edit view" };

/** Renames or removes a view: one's own, or for admins a shared one. */
export default async function EditViewPage({ params }: { params: Promise<{ id: string }> }) {
  const id = readRowId((await params).id);
  const user = await requireUser(id === null ? "/views" : `/views/${id}`, "grant");
  const view = id === null ? null : getView(user, id);
  if (!view) notFound();
  if (view.shared && !hasRole(user.role, "admin")) forbidden();
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={`Edit ${view.name}`} />
      <Card className="grid gap-6">
        <RenameViewForm id={view.id} name={view.name} action={renameViewAction} />
        <div className="flex flex-wrap items-center justify-between gap-3 border-t border-line pt-4">
          <p className="text-muted">
            {view.shared
              ? "Removing it removes it for everybody."
              : "Only the saved view is removed; the list stays."}
          </p>
          <RemoveViewForm id={view.id} action={removeViewAction} />
        </div>
      </Card>
    </div>
  );
}
