import { currentUser } from "#lib/portal-users/session.ts";
import { firstEventOf } from "#lib/refusals/first-event.ts";
import { readRowId } from "#lib/row-id.ts";

const HEADERS = { "Cache-Control": "private, no-store" };

/** Tells the page that waits for it whether the first event of a key has arrived. */
export async function GET(
  _request: Request,
  { params }: { params: Promise<{ id: string }> },
): Promise<Response> {
  const user = await currentUser();
  const id = readRowId((await params).id);
  const first = user && id !== null ? firstEventOf(user.scope, id) : null;
  // A key outside the scope, and any key for nobody, are keys that do not exist.
  return Response.json(first, { status: first ? 200 : 404, headers: HEADERS });
}
