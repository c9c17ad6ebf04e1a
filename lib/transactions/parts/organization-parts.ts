import { snapshot } from "#db/statement.ts";
import { asOfNow } from "../carried-sums.ts";
import type { TransactionFilter } from "../queries/filter.ts";
import { daysByKey, type Parts } from "../rules/grouping.ts";
import type { Granularity } from "../rules/periods.ts";
import {
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
 * @returns what is to be called in the snapshot; it gives null where the parts must be read again: a restore came in
 *   between, or an organization that is not among them spent, so that the table would name "others" without any in them.
 *   While all organizations have a row this happens at most as often as there are rows.
 */
export async function organizationParts(
  filter: TransactionFilter,
  { granularity, limit }: { granularity: Granularity; limit: number },
): Promise<() => Parts | null> {
  if (hasOwnEntries(filter)) {
    return () => {
      const top = topOrganizations(filter, limit + 1);
      const ids = new Set(top.slice(0, limit).map(({ id }) => id));
      return partsOf(top, limit, partDays(filter, "organization_id", granularity, ids));
    };
  }
  await prepareTopOrganizations(filter);
  const asOf = asOfNow();
  const top = snapshot(() => topOrganizations(filter, limit + 1));
  const ids = top.slice(0, limit).map(({ id }) => id);
  const read = await daysInPieces(ids, organizationDays(filter, granularity), asOf);
  return () => {
    const now = read && daysNow(read);
    if (!now || (now.hasOthers && top.length <= limit)) return null;
    return partsOf(top, limit, now.days);
  };
}

/** The parts of the largest organizations, of which one more than `limit` may be given. */
function partsOf(top: readonly Share[], limit: number, days: readonly PartDay[]): Parts {
  const daysOf = daysByKey(days);
  const parts = top.slice(0, limit).map(({ id, label, code }) => ({
    key: code ?? "",
    label,
    detail: code,
    tags: [],
    days: daysOf.get(id) ?? [],
  }));
  return { parts, none: [], count: top.length > limit ? null : top.length, isTotal: false };
}
