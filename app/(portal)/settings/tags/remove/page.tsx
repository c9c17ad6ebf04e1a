import type { Metadata } from "next";
import { RemoveTagForm } from "#components/organizations/tag-forms.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { removeTagAction } from "../actions.ts";
import { tagOfPage } from "../tag.ts";

export const metadata: Metadata = { title: "Remove tag" };

/** The form where no dialog can show it. */
export default async function RemoveTagPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  await requireUser("/settings/tags", "admin");
  const { tag, organizations } = tagOfPage(await searchParams);
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={`Remove ${tag}`} />
      <Card>
        <RemoveTagForm tag={tag} organizations={organizations} action={removeTagAction} />
      </Card>
    </div>
  );
}
