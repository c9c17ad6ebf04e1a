import { exportOrganizations } from "#lib/organizations/export.ts";
import { importOrganizationsFile } from "#lib/organizations/import.ts";
import { IMPORT_COLUMNS } from "#lib/organizations/import-rules.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { registerImport } from "./import.ts";
import { type Cli, printExport } from "./support.ts";

export function registerOrganizations(cli: Cli): void {
  registerImport(cli, "organizations", IMPORT_COLUMNS, importOrganizationsFile);
  cli
    .command("export organizations [FILE]", "Export all organizations, to standard output without FILE")
    .action((name: string | undefined) =>
      printExport(cli, "Organizations", exportOrganizations(organizationsSearchParams.defaults), name),
    );
}
