import { createHash } from "node:crypto";

/** What a change of status of a whole view would do. The question before the change shows it. */
export type ViewChange = {
  /** How many of the view have the other status now, and so would change. */
  changes: number;
  /** How many the view has in all. */
  total: number;
  /**
   * Names exactly those that would change. The answer to the question sends it back: where others would change by
   * then, the question is asked again.
   */
  expected: string;
};

/** `changing` are the ids that would change, of `total` in the view. */
export function viewChange(changing: readonly number[], total: number): ViewChange {
  const sorted = [...changing].sort((a, b) => a - b);
  return {
    changes: changing.length,
    total,
    expected: createHash("sha256").update(sorted.join(",")).digest("base64url"),
  };
}
