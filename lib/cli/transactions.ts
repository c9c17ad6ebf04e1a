import { getSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { exportTransactions } from "#lib/transactions/export.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import { PERIODS } from "#lib/transactions/rules/periods.ts";
import { KIND_CHOICES, NONE, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { exportSpendingSummary } from "#lib/transactions/summary-export.ts";
import {
  addExportOptions,
  addFilters,
  assertApiKey,
  assertCreditType,
  assertFound,
  assertTags,
  viewOf,
} from "./filters.ts";
import { type Cli, CliRefusal, everything, printExport } from "./support.ts";

export function registerTransactions(cli: Cli): void {
  const command = cli.command(
    "export transactions [FILE]",
    "Export transactions, to standard output without FILE",
  );
  addFilters(command, transactionsSearchParams, {
    period: `${PERIODS.join(", ")}, a month such as 2026-10, or a quarter such as 2026-q3`,
    from: "the first day, such as 2026-10-01",
    to: "the last day",
    organization: "an organization's code",
    member: "a person's email or id",
    application: "an application's name or id",
    kind: KIND_CHOICES.join(", "),
    type: "the id of a credit type, as the page's address has it",
    tag: "of organizations with this tag; may be repeated",
    only: "a key of tags: of organizations with no other tag of this key",
    externalId: "what the sender called an event, exactly",
    model: "the model that an event's metadata names, exactly; none for what was spent without a model",
    key: "the id of an API key, as the page's address has it; none for what no key reported",
  });
  command.option("--summary", "spending by organization, member, application and month instead of entries");
  addExportOptions(command);
  command.action((name: string | undefined, options: { summary?: boolean; raw?: boolean }) => {
    const view = viewOf(transactionsSearchParams, options);
    const filter = transactionFilter(everything, view, dayOf(new Date(), getSettings().timeZone));
    assertFound(view, filter);
    assertCreditType(view.type);
    assertTags(view.tag);
    assertApiKey(view.key === NONE ? null : view.key);
    if (view.application !== null && !filter.application) {
      throw new CliRefusal(
        `There is no application ${view.application}, or more than one.`,
        "application_not_found",
      );
    }
    const pieces = options.summary
      ? exportSpendingSummary(filter, options)
      : exportTransactions(filter, options);
    return printExport(cli, "Transactions", pieces, name);
  });
}
