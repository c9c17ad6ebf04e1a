import { currentUser } from "#lib/portal-users/session.ts";
import { findAnything, suggestionsFor } from "#lib/search/queries.ts";
import { tidySearch } from "#lib/search/rules/hits.ts";

const HEADERS = { "Cache-Control": "private, no-store" };

/** The hits of `/search` for the palette; without a search, the pages that the user may open. */
export async function GET(request: Request): Promise<Response> {
  const user = await currentUser();
  if (!user) return Response.json([], { status: 401, headers: HEADERS });
  const q = tidySearch(new URL(request.url).searchParams.get("q") ?? "");
  return Response.json(q === "" ? suggestionsFor(user) : findAnything(user, q), { headers: HEADERS });
}
