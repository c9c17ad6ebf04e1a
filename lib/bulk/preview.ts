import { createHash } from "node:crypto";
import type { ChangeLine } from "./rules/changes.ts";

/** What the preview of a change of values showed: a hash of the rows that change, each with its value before and after. */
export function previewOfChanges(lines: readonly ChangeLine[]): string {
  const hash = createHash("sha256");
  for (const { id, before, after } of lines) {
    if (before !== after) hash.update(JSON.stringify([id, before, after]));
  }
  return hash.digest("base64url");
}
