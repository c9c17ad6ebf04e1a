import type { TransactionFilter } from "../queries/filter.ts";
import type { Parts } from "../rules/grouping.ts";
import type { Granularity } from "../rules/periods.ts";
import {
  daysByPart,
  type PartDay,
  partDays,
  prepareTopOrganizations,
  type Share,
  topOrganizations,
} from "../spending.ts";
import { hasOwnEntries } from "../spent-entries.ts";
import { daysInPieces, daysNow } from "./days-in-pieces.ts";
import { organizationDays } from "./organization-days.ts";

/**
 * Reads what organizations spent, before the snapshot of a page.
 *
 * @returns what is to be called in the snapshot
 */
export async function organizationParts(
  filter: TransactionFilter,
  { granularity, limit }: { granularity: Granularity; limit: number },
): Promise<() => Parts> {
  const largestNow = () => {
    const top = topOrganizations(filter, limit + 1);
    return { top, ids: top.slice(0, limit).map(({ id }) => id) };
  };
  if (hasOwnEntries(filter)) {
    return () => {
      const { top, ids } = largestNow();
      return partsOf(top, limit, partDays(filter, "organization_id", granularity, new Set(ids)));
    };
  }
  await prepareTopOrganizations(filter);
  const read = await daysInPieces(largestNow().ids, organizationDays(filter, granularity));
  return () => {
    const { top, ids } = largestNow();
    return partsOf(top, limit, daysNow(read, ids));
  };
}

/** The parts of the largest organizations, of which one more than `limit` may be given. `days` may be of more of them. */
function partsOf(top: readonly Share[], limit: number, days: readonly PartDay[]): Parts {
  const daysOf = daysByPart(days);
  const parts = top.slice(0, limit).map(({ id, label, code }) => ({
    key: code ?? "",
    label,
    detail: code,
    tags: [],
    days: daysOf.get(id) ?? [],
  }));
  return { parts, none: [], count: top.length > limit ? null : top.length, isTotal: false };
}
