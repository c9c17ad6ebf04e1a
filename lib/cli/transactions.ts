import { getSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { exportTransactions } from "#lib/transactions/export.ts";
import { transactionFilter } from "#lib/transactions/queries.ts";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { type Cli, printExport } from "./support.ts";

export function registerTransactions(cli: Cli): void {
  cli
    .command("export transactions [FILE]", "Export all transactions, to standard output without FILE")
    .action((name: string | undefined) => {
      const today = dayOf(new Date(), getSettings().timeZone);
      const everything = transactionFilter(transactionsSearchParams.defaults, today);
      return printExport(cli, "Transactions", exportTransactions(everything), name);
    });
}
