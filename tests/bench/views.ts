import path from "node:path";
import Sqlite from "better-sqlite3";

/** Views of the transactions, one per filter. */
export const TRANSACTION_VIEWS: Record<string, string> = {
  "`/transactions`": "/transactions",
  "`/transactions`, last 30 days": "/transactions?period=30-days",
  "`/transactions`, this month": "/transactions?period=this-month",
  "`/transactions`, one application": "/transactions?application=1",
  "`/transactions`, spends": "/transactions?kind=spend",
  "`/transactions`, reversals": "/transactions?kind=reversal",
  "`/transactions`, allocations": "/transactions?kind=allocation",
  "`/transactions`, one credit type": "/transactions?type=2",
  "`/transactions`, a credit type's application": "/transactions?type=2&application=12",
  "`/transactions`, oldest": "/transactions?after=0",
};

/** The largest organization and its busiest member. */
export function organizationViews(directory: string): Record<string, string> {
  const sqlite = new Sqlite(path.join(directory, "bursar.sqlite"), { readonly: true });
  const row = sqlite
    .prepare<[], { code: string; member: number }>(
      `SELECT o.code, m.member_id AS member FROM organizations o JOIN memberships m ON m.organization_id = o.id
       ORDER BY o.spent DESC, m.spent DESC LIMIT 1`,
    )
    .get();
  sqlite.close();
  if (!row) throw new Error("there is no organization");
  const page = `/organizations/${encodeURIComponent(row.code)}`;
  return {
    "`/transactions`, one organization": `/transactions?organization=${encodeURIComponent(row.code)}`,
    "`/transactions`, one member": `/transactions?member=${row.member}`,
    "an organization's page": page,
    "an organization's transactions": `${page}/transactions`,
    "an organization's transactions, one application": `${page}/transactions?application=2`,
  };
}
