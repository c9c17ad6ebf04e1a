import { asc } from "drizzle-orm";
import { database } from "#db/client.ts";
import { apiKeys, portalUsers } from "#db/schema/index.ts";
import { isWhole } from "#lib/scope/scope.ts";
import { auditFilter } from "./filter.ts";
import { rowsAt } from "./list.ts";
import { placesFor } from "./places.ts";
import { type AuditReader, actorsOf } from "./queries.ts";
import { type AuditActor, auditSearchParams } from "./search-params.ts";

type ActorOption = { actor: AuditActor; label: string };

/** To a user with grants on organizations, the filter offers the actors of this number of entries. */
const ENTRIES_OF_ACTORS = 500;

/** The users and keys that made the newest changes which the reader may see, by name. */
function latestActors(reader: AuditReader): ActorOption[] {
  const newest = placesFor(
    auditFilter(auditSearchParams.defaults, "UTC"),
    reader,
  )({
    from: null,
    direction: "older",
    limit: ENTRIES_OF_ACTORS,
  });
  const options = new Map<string, ActorOption>();
  const rows = rowsAt(newest);
  const actorOf = actorsOf(rows, reader);
  for (const row of rows) {
    const { actorKind: kind } = row;
    const { actorId: id, actorLabel } = actorOf(row);
    if (id === null || (kind !== "portal_user" && kind !== "api_key") || options.has(`${kind} ${id}`))
      continue;
    options.set(`${kind} ${id}`, {
      actor: { kind, id },
      label: kind === "api_key" ? `API key ${actorLabel}` : actorLabel,
    });
  }
  return [...options.values()].sort((a, b) => (a.label < b.label ? -1 : 1));
}

/** The actors that the filter offers, by name: the first few hundred. */
export function actorOptions(reader: AuditReader): ActorOption[] {
  if (!isWhole(reader.scope)) return latestActors(reader);
  const db = database();
  const users = db
    .select({ id: portalUsers.id, label: portalUsers.email })
    .from(portalUsers)
    .orderBy(asc(portalUsers.emailKey))
    .limit(500)
    .all();
  const keys = db
    .select({ id: apiKeys.id, label: apiKeys.name })
    .from(apiKeys)
    .orderBy(asc(apiKeys.id))
    .limit(500)
    .all();
  return [
    ...users.map(({ id, label }) => ({ actor: { kind: "portal_user" as const, id }, label })),
    ...keys.map(({ id, label }) => ({ actor: { kind: "api_key" as const, id }, label: `API key ${label}` })),
  ];
}
