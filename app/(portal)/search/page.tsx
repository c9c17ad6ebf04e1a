import { SearchX } from "lucide-react";
import type { Metadata } from "next";
import { HitList } from "#components/search/hit-list.tsx";
import { Button } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Icon } from "#components/ui/icon.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { snapshot } from "#db/statement.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { findAnything, suggestionsFor } from "#lib/search/queries.ts";
import { SEARCH_MAX_CHARACTERS, searchHref, tidySearch } from "#lib/search/rules/hits.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { oneOf } from "../status-question.ts";

type Props = { searchParams: Promise<RawSearchParams> };

const queryOf = async ({ searchParams }: Props) => tidySearch(oneOf(await searchParams, "q"));

export async function generateMetadata(props: Props): Promise<Metadata> {
  const q = await queryOf(props);
  return { title: q === "" ? "Search" : `Search for “${q}”` };
}

/** The whole portal's search. It needs no JavaScript; the palette shows the same hits over any page. */
export default async function SearchPage(props: Props) {
  const q = await queryOf(props);
  const user = await requireUser(searchHref(q), "grant");
  const groups = q === "" ? suggestionsFor(user) : snapshot(() => findAnything(user, q));
  return (
    <div className="mx-auto max-w-3xl">
      <PageHeader title="Search" />
      <search>
        <form action="/search" method="get" className="mb-6 flex flex-wrap items-center gap-2">
          <div className="relative min-w-48 flex-1">
            <Icon name="search" className="pointer-events-none absolute top-2.5 left-3 size-4 text-muted" />
            <input
              key={q}
              type="search"
              name="q"
              aria-label="Search everything"
              aria-describedby="search-examples"
              placeholder="Name, code, email, number or action"
              defaultValue={q}
              autoComplete="off"
              spellCheck={false}
              maxLength={SEARCH_MAX_CHARACTERS}
              // biome-ignore lint/a11y/noAutofocus: the page is there to be typed into
              autoFocus
              className="h-9 w-full rounded-md border border-line-strong bg-surface pr-3 pl-9 text-ink"
            />
          </div>
          <Button type="submit">Search</Button>
          <p id="search-examples" className="basis-full text-[0.8125rem] text-muted">
            For example a code, an email, the number of a transaction (#1234), or an action: “add 500 to MKT”,
            “return 20 from LAW”.
          </p>
        </form>
      </search>
      {groups.length === 0 ? (
        <EmptyState icon={<SearchX />} title="Nothing found">
          Nothing that you may see matches <q className="font-medium wrap-anywhere">{q}</q>.
        </EmptyState>
      ) : (
        <HitList groups={groups} q={q} />
      )}
    </div>
  );
}
