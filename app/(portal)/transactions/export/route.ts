import { csvResponse } from "#app/csv-response.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { exportTransactions } from "#lib/transactions/export.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import { transactionsHref, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { exportSpendingTable } from "#lib/transactions/spending-export.ts";
import { spendingFigures } from "#lib/transactions/spending-figures.ts";
import { exportSpendingSummary } from "#lib/transactions/summary-export.ts";

export async function GET(request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const view = transactionsSearchParams.decode(searchParams);
  const { scope } = await requireUser(transactionsHref(view, {}, "/transactions/export"), "grant");
  const today = dayOf(new Date(), getSettings().timeZone);
  if (searchParams.get("format") === "spending") {
    const figures = await spendingFigures(scope, view, today, null, null);
    const table = figures ? exportSpendingTable(figures) : [""][Symbol.iterator]();
    if (table === null) return new Response("This split has too much to add up.", { status: 409 });
    return csvResponse("spending-table", table);
  }
  const filter = transactionFilter(scope, view, today);
  return searchParams.get("format") === "summary"
    ? csvResponse("spending", exportSpendingSummary(filter))
    : csvResponse("transactions", exportTransactions(filter));
}
