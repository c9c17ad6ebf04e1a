import { exportRefusals } from "#lib/refusals/export.ts";
import { refusalFilter } from "#lib/refusals/queries/filter.ts";
import { CODE_CHOICES, refusalsSearchParams } from "#lib/refusals/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { addExportOptions, addFilters, assertApiKey, assertFound, viewOf } from "./filters.ts";
import { type Cli, everything, printExport } from "./support.ts";

export function registerRefusals(cli: Cli): void {
  const command = cli.command(
    "export refusals [FILE]",
    "Export the usage that was refused, to standard output without FILE",
  );
  addFilters(command, refusalsSearchParams, {
    from: "the first day, such as 2026-10-01",
    to: "the last day",
    organization: "an organization's code",
    member: "a person's email or id",
    application: "an application's name, exactly",
    code: CODE_CHOICES.join(", "),
    key: "the id of an API key, as the page's address has it",
  });
  addExportOptions(command);
  command.action((name: string | undefined, options: { raw?: boolean }) => {
    const view = viewOf(refusalsSearchParams, options);
    const filter = refusalFilter(everything, view, getSettings().timeZone);
    assertFound(view, filter);
    assertApiKey(view.key);
    return printExport(cli, "Refusals", exportRefusals(filter, options), name);
  });
}
