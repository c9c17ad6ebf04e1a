import { formatCount } from "#lib/credits.ts";
import { exportOrganizations } from "#lib/organizations/export.ts";
import { importOrganizationsFile } from "#lib/organizations/import.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { type Cli, CliRefusal, operator, printExport, readGivenFile } from "./support.ts";

export function registerOrganizations(cli: Cli): void {
  cli
    .command("import organizations <FILE>", "Import organizations, all or nothing")
    .option("--dry-run", "only check the file")
    .action(async (name: string, { dryRun = false }: { dryRun?: boolean }) => {
      const bytes = readGivenFile(cli.fileOf(name));
      const result = await importOrganizationsFile(bytes, operator, { dryRun });
      const { rows, active, inactive, ignoredColumns, noteCount, notes, errorCount, errors } = result.report;
      if (!result.ok) {
        const lines = errors.map(({ line, message }) => `line ${line}: ${message}`);
        if (errorCount > errors.length) lines.push(`and ${formatCount(errorCount - errors.length)} more`);
        throw new CliRefusal([...lines, result.message].join("\n"), result.code, { errorCount, errors });
      }
      const remarks = [
        ...(ignoredColumns.length > 0 ? [`Ignored columns: ${ignoredColumns.join(", ")}.`] : []),
        ...notes.map(({ line, message }) => `line ${line}: ${message}`),
        ...(noteCount > notes.length ? [`and ${formatCount(noteCount - notes.length)} more`] : []),
      ];
      const verb = dryRun ? "could be imported" : "were imported";
      await cli.print({
        json: {
          imported: dryRun ? 0 : rows,
          rows,
          active,
          inactive,
          ignoredColumns,
          noteCount,
          notes,
          dryRun,
        },
        text: [...remarks, `${rows} organizations ${verb}: ${active} active, ${inactive} inactive.`].join(
          "\n",
        ),
      });
    });

  cli
    .command("export organizations [FILE]", "Export all organizations, to standard output without FILE")
    .action((name: string | undefined) =>
      printExport(cli, "Organizations", exportOrganizations(organizationsSearchParams.defaults), name),
    );
}
