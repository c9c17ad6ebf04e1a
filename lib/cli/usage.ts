import { formatCount } from "#lib/credits.ts";
import { importUsageFile, USAGE_COLUMNS } from "#lib/usage/import.ts";
import { columnsHelp, importRefusal } from "./import.ts";
import { type Cli, readGivenFile } from "./support.ts";

export function registerUsage(cli: Cli): void {
  cli
    .command("import usage", "Record usage, all or nothing; rows that were recorded before are skipped")
    .argument("<FILE>", columnsHelp(USAGE_COLUMNS))
    .option("--dry-run", "only check the file")
    .action(async (name: string, { dryRun = false }: { dryRun?: boolean }) => {
      const bytes = readGivenFile(cli.fileOf(name));
      const result = await importUsageFile(bytes, { kind: "operator" }, { dryRun });
      const { rows, recorded, skipped, ignoredColumns } = result.report;
      if (!result.ok) throw importRefusal(result);
      const one = recorded === 1;
      const verb = dryRun ? "could be recorded" : one ? "was recorded" : "were recorded";
      await cli.print({
        json: { imported: dryRun ? 0 : recorded, rows, recorded, skipped, ignoredColumns, dryRun },
        text: [
          ...(ignoredColumns.length > 0 ? [`Ignored columns: ${ignoredColumns.join(", ")}.`] : []),
          `${formatCount(recorded)} ${one ? "event" : "events"} ${verb}, ${formatCount(skipped)} had been before.`,
        ].join("\n"),
      });
    });
}
