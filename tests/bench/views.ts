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

/** Views of the tab "Spending": a table of each kind, over a long time and a short one. */
export const SPENDING_VIEWS: Record<string, string> = {
  "Spending, by organization": "/transactions?tab=spending",
  "Spending, by organization, last month by day": "/transactions?tab=spending&period=last-month&per=day",
  "Spending, by application, 12 months": "/transactions?tab=spending&period=12-months&by=application",
  "Spending, by credit type, last quarter by week":
    "/transactions?tab=spending&period=last-quarter&by=type&per=week",
  "Spending, by member, all time": "/transactions?tab=spending&by=member",
};

/** The overview of the credit type that spent the most, and of another one. */
export const OVERVIEW_VIEWS: Record<string, string> = {
  "`/overview`": "/overview",
  "`/overview`, one credit type": "/overview?type=2",
};

/** The largest organization and its busiest member. */
export function organizationViews(directory: string): Record<"list" | "spending", Record<string, string>> {
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
  const list = {
    "`/transactions`, one organization": `/transactions?organization=${encodeURIComponent(row.code)}`,
    "`/transactions`, one member": `/transactions?member=${row.member}`,
    "an organization's page": page,
    "an organization's transactions": `${page}/transactions`,
    "an organization's transactions, one application": `${page}/transactions?application=2`,
  };
  const spending = `${page}/transactions?tab=spending`;
  return {
    list,
    spending: {
      "Spending, an organization's members, last month": `${spending}&period=last-month&per=month`,
      "Spending, an organization's members, last month by day": `${spending}&period=last-month&per=day`,
      "Spending, an organization's models, last month": `${spending}&period=last-month&by=model`,
      "Spending, a member's applications": `/transactions?tab=spending&member=${row.member}`,
    },
  };
}
