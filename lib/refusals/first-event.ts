import { getApiKey } from "#lib/api-keys/queries.ts";
import { hasEvents } from "#lib/api-keys/usage.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { refusalFilter } from "./queries/filter.ts";
import { latestRefusals } from "./queries/list.ts";
import { refusalsSearchParams } from "./search-params.ts";

/** Whether the first event of a key has arrived; until then, why its latest request was refused. */
export type FirstEvent = { state: "waiting" } | { state: "recorded" } | { state: "refused"; code: string };

/** Null if there is no such key in the scope. */
export function firstEventOf(scope: Scope, id: number): FirstEvent | null {
  if (!getApiKey(scope, id)) return null;
  if (hasEvents(scope, id)) return { state: "recorded" };
  const filter = refusalFilter(scope, { ...refusalsSearchParams.defaults, key: id }, "UTC");
  const [latest] = latestRefusals(filter, 1);
  return latest ? { state: "refused", code: latest.code } : { state: "waiting" };
}
