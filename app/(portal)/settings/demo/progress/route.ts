import { hasRole } from "#lib/actor.ts";
import { batchProgress } from "#lib/batches/thread.ts";
import { actingUser } from "#lib/portal-users/session.ts";

const headers = { "Cache-Control": "no-store" };

/** How far the portal is filled with demo data, which the form polls; null while it is not. */
export async function GET(): Promise<Response> {
  const actor = await actingUser();
  if (!actor || !hasRole(actor.role, "owner"))
    return Response.json({ progress: null }, { status: 404, headers });
  return Response.json({ progress: batchProgress("fillDemo") }, { headers });
}
