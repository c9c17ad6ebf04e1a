/** What a batch changes; "reversal" is of another batch. */
export const BATCH_KINDS = [
  "allocation",
  "return",
  "allowance",
  "tags",
  "status",
  "member_allowance",
  "member_role",
  "member_status",
  "reversal",
] as const;
export type BatchKind = (typeof BATCH_KINDS)[number];
