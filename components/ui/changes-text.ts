import { formatCount } from "#lib/credits.ts";
import type { ViewChange } from "#lib/status-change.ts";

/** How many rows a change of status changes: "2 members", or "799 of 870 members; 71 are inactive already". */
export function changesText(
  to: "activate" | "deactivate",
  { changes, total }: Pick<ViewChange, "changes" | "total">,
  one: string,
  many: string,
): string {
  if (changes === total) return `${formatCount(total)} ${total === 1 ? one : many}`;
  const others = total - changes;
  const status = to === "activate" ? "active" : "inactive";
  return `${formatCount(changes)} of ${formatCount(total)} ${many}; ${formatCount(others)} ${others === 1 ? "is" : "are"} ${status} already`;
}
