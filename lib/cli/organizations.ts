import { exportOrganizations } from "#lib/organizations/export.ts";
import { importOrganizationsFile } from "#lib/organizations/import.ts";
import { IMPORT_COLUMNS } from "#lib/organizations/import-rules.ts";
import { organizationsSearchParams, RUNS_OUT_DAYS, SORTS } from "#lib/organizations/search-params.ts";
import { addExportOptions, addFilters, assertCreditType, assertTags, viewOf } from "./filters.ts";
import { registerImport } from "./import.ts";
import { type Cli, everything, printExport } from "./support.ts";

export function registerOrganizations(cli: Cli): void {
  registerImport(cli, "organizations", IMPORT_COLUMNS, importOrganizationsFile);
  const command = cli.command(
    "export organizations [FILE]",
    "Export organizations, to standard output without FILE",
  );
  addFilters(command, organizationsSearchParams, {
    q: "part of a name or code",
    status: "all, active or inactive",
    type: "the id of a credit type, as the page's address has it",
    tag: "a tag, such as faculty:science; given several times, an organization must have all",
    "runs-out": `${RUNS_OUT_DAYS.join(", ")}: the credits last for at most that many days`,
    sort: SORTS.join(", "),
  });
  command.option("--figures", "with members, balance and spending besides the columns of an import");
  addExportOptions(command);
  command.action((name: string | undefined, options: { figures?: boolean; raw?: boolean }) => {
    const view = viewOf(organizationsSearchParams, options);
    assertCreditType(view.type);
    assertTags(view.tag);
    return printExport(cli, "Organizations", exportOrganizations(everything, view, options), name);
  });
}
