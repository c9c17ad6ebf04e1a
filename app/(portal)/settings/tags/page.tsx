import { SearchX, Tags } from "lucide-react";
import type { Metadata } from "next";
import { TagList } from "#components/organizations/tag-list.tsx";
import { SettingsHeader } from "#components/settings/settings-header.tsx";
import { Button, buttonClass } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { hasRole } from "#lib/actor.ts";
import { tagsListSearchParams } from "#lib/organizations/search-params.ts";
import { listTags } from "#lib/organizations/tag-queries.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { tagPrefix } from "#lib/tags.ts";
import { removeTagAction, renameTagAction } from "./actions.ts";

export const metadata: Metadata = { title: "Tags" };

const PATH = "/settings/tags";
const PAGE_SIZE = 100;

/** The tags of all organizations. */
export default async function TagsPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const view = tagsListSearchParams.decode(await searchParams);
  const user = await requireUser(PATH + tagsListSearchParams.encode(view), "admin");
  const rows = listTags({ prefix: tagPrefix(view.q), after: view.after, limit: PAGE_SIZE + 1 });
  const tags = rows.slice(0, PAGE_SIZE);
  const last = tags.at(-1);
  return (
    <>
      <SettingsHeader tab="tags" owner={hasRole(user.role, "owner")} />
      <Card className="grid max-w-3xl gap-4">
        <form action={PATH} className="flex flex-wrap gap-2">
          <input
            type="search"
            name="q"
            defaultValue={view.q}
            maxLength={200}
            aria-label="Search tags"
            placeholder="Beginning of a tag, such as faculty:"
            className="h-9 min-w-0 flex-1 rounded-md border border-line-strong bg-surface px-3"
          />
          <Button type="submit">Search</Button>
        </form>
        {tags.length > 0 ? (
          <TagList tags={tags} rename={renameTagAction} remove={removeTagAction} />
        ) : (
          <None filtered={view.q !== "" || view.after !== ""} />
        )}
        {(view.after !== "" || rows.length > PAGE_SIZE) && (
          <div className="flex gap-2">
            {view.after !== "" && (
              <SoftLink
                href={PATH + tagsListSearchParams.encode({ ...view, after: "" })}
                className={buttonClass()}
              >
                First page
              </SoftLink>
            )}
            {last && rows.length > PAGE_SIZE && (
              <SoftLink
                href={PATH + tagsListSearchParams.encode({ ...view, after: last.tag })}
                className={buttonClass()}
              >
                Next page
              </SoftLink>
            )}
          </div>
        )}
      </Card>
    </>
  );
}

function None({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <EmptyState
        icon={<SearchX />}
        title="No tag matches"
        action={
          <SoftLink href={PATH} className={buttonClass()}>
            Show all tags
          </SoftLink>
        }
      />
    );
  }
  return (
    <EmptyState icon={<Tags />} title="No tags yet">
      Give organizations tags such as faculty:science in their settings, in a selection of the list, or with a
      file.
    </EmptyState>
  );
}
