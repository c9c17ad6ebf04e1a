import { csvResponse } from "#app/csv-response.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { exportTransactions } from "#lib/transactions/export.ts";
import { transactionFilter } from "#lib/transactions/queries.ts";
import { transactionsHref, transactionsSearchParams } from "#lib/transactions/search-params.ts";

export async function GET(request: Request): Promise<Response> {
  const view = transactionsSearchParams.decode(new URL(request.url).searchParams);
  await requireUser(transactionsHref(view, {}, "/transactions/export"));
  const today = dayOf(new Date(), getSettings().timeZone);
  return csvResponse("transactions", exportTransactions(transactionFilter(view, today)));
}
