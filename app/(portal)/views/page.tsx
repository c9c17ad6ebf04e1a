import { Bookmark } from "lucide-react";
import type { Metadata } from "next";
import { StarViewForm } from "#components/saved-views/view-forms.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { hasRole } from "#lib/actor.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { listViews } from "#lib/saved-views/queries.ts";
import { starViewAction } from "./actions.ts";

export const metadata: Metadata = { title: "Views" };

/** The user's own views and the shared ones. */
export default async function ViewsPage() {
  const user = await requireUser("/views", "grant");
  const views = listViews(user);
  const isAdmin = hasRole(user.role, "admin");
  return (
    <div className="mx-auto max-w-3xl">
      <PageHeader
        title="Views"
        description="Names for lists with their filters. Starred ones are in the navigation."
      />
      {views.length === 0 ? (
        <EmptyState icon={<Bookmark />} title="No views yet">
          Filter a list, then choose “Save view” in the navigation.
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
          {views.map(({ id, name, href, shared, starred }) => (
            <li key={id} className="flex flex-wrap items-center justify-between gap-3 px-4 py-3">
              <div className="min-w-0 flex-1 basis-48">
                <div className="flex flex-wrap items-center gap-2">
                  <SoftLink
                    href={href}
                    className="min-w-0 rounded-sm font-medium wrap-anywhere hover:underline"
                  >
                    {name}
                  </SoftLink>
                  {shared && <Badge tone="blue">Shared</Badge>}
                </div>
                <p className="text-[0.8125rem] wrap-anywhere text-muted">{href}</p>
              </div>
              <div className="flex items-center gap-3">
                <StarViewForm id={id} name={name} starred={starred} action={starViewAction} />
                {(!shared || isAdmin) && (
                  <SoftLink
                    href={`/views/${id}`}
                    className="rounded-sm p-1 text-[0.8125rem] text-accent hover:underline"
                  >
                    Edit<span className="sr-only"> {name}</span>
                  </SoftLink>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
