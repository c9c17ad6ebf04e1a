import type { ColumnKey } from "#lib/organizations/search-params.ts";

/** What the table calls its columns; the cards have the same labels. */
export const COLUMN_LABELS: Record<ColumnKey, string> = {
  status: "Status",
  created: "Created",
  members: "Members",
  balance: "Credit Balance",
  "runs-out": "Runs out",
  spent: "Total Spent Credits",
  "spent-30d": "Spent 30 d",
  type: "Credit Type",
  allowance: "Monthly Allowance per Member",
};
