import type { Metadata } from "next";
import { RenameTagForm } from "#components/organizations/tag-forms.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { renameTagAction } from "../actions.ts";
import { tagOfPage } from "../tag.ts";

export const metadata: Metadata = { title: "Rename tag" };

/** The form where no dialog can show it. */
export default async function RenameTagPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  await requireUser("/settings/tags", "admin");
  const { tag, organizations } = tagOfPage(await searchParams);
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={`Rename ${tag}`} />
      <Card>
        <RenameTagForm tag={tag} organizations={organizations} action={renameTagAction} />
      </Card>
    </div>
  );
}
