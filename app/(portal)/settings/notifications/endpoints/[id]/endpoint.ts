import { notFound } from "next/navigation";
import { requireUser } from "#lib/portal-users/session.ts";
import { readRowId } from "#lib/row-id.ts";
import { type Endpoint, getEndpoint } from "#lib/webhooks/queries.ts";

/** The endpoint of a page's address, which only an owner may open. */
export async function endpointOfPage(params: Promise<{ id: string }>, page = ""): Promise<Endpoint> {
  const id = readRowId((await params).id);
  const path = "/settings/notifications";
  await requireUser(id === null ? path : `${path}/endpoints/${id}${page}`, "owner");
  return (id === null ? null : getEndpoint(id)) ?? notFound();
}
