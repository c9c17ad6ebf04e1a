// Apart from the schemas, because the browser loads these and not zod.

export const ENTRY_KINDS = ["purchase", "allocation", "return", "spend", "reversal"] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** The kinds as people read them. */
export const KIND_LABELS: Record<EntryKind, string> = {
  purchase: "Purchase",
  allocation: "Allocation",
  return: "Return",
  spend: "Spend",
  reversal: "Reversal",
};
