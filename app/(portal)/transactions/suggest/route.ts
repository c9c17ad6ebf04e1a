import { suggestTags } from "#lib/organizations/tag-queries.ts";
import { currentUser } from "#lib/portal-users/session.ts";
import { tagPrefix } from "#lib/tags.ts";
import {
  suggestApplicationNames,
  suggestModelNames,
  suggestObjects,
  suggestOrganizations,
  suggestPeople,
  suggestScopes,
} from "../suggestions.ts";

const LIMIT = 10;

/** What the filters' text fields suggest while somebody types. */
export async function GET(request: Request): Promise<Response> {
  const headers = { "Cache-Control": "private, no-store" };
  const user = await currentUser();
  if (!user) return Response.json([], { status: 401, headers });
  const { searchParams } = new URL(request.url);
  const text = (name: string) => (searchParams.get(name) ?? "").slice(0, 254);
  const suggestions = searchParams.has("member")
    ? await suggestPeople(user.scope, text("member"), LIMIT)
    : searchParams.has("scope")
      ? suggestScopes(user.scope, text("scope"), LIMIT)
      : searchParams.has("application")
        ? suggestApplicationNames(user.scope, text("application"), LIMIT)
        : searchParams.has("tag")
          ? suggestTags(user.scope, tagPrefix(text("tag")), LIMIT).map((tag) => ({ value: tag, label: "" }))
          : searchParams.has("model")
            ? suggestModelNames(user.scope, text("model"), LIMIT)
            : searchParams.has("object")
              ? await suggestObjects(user.scope, text("object"), LIMIT)
              : suggestOrganizations(user.scope, text("organization"), LIMIT);
  return Response.json(suggestions, { headers });
}
