import { formatCount } from "#lib/credits.ts";
import type { ImportOptions, ImportOutcome } from "#lib/imports/file.ts";
import { emptyRowsText, IMPORT_KINDS, type ImportKind, type ImportReport } from "#lib/imports/rules.ts";
import type { Refused } from "#lib/result.ts";
import { type Cli, CliRefusal, operator, readGivenFile } from "./support.ts";

/** A file with errors: each by its line, as far as the report lists them. */
export function importRefusal({
  code,
  message,
  report: { errorCount, errors },
}: Refused & { report: Pick<ImportReport, "errorCount" | "errors"> }): CliRefusal {
  const lines = errors.map(({ line, message }) => `line ${line}: ${message}`);
  if (errorCount > errors.length) lines.push(`and ${formatCount(errorCount - errors.length)} more`);
  return new CliRefusal([...lines, message].join("\n"), code, { errorCount, errors });
}

/** The help's description of the file. */
export const columnsHelp = (columns: readonly string[]) =>
  `CSV or .xlsx with the columns ${columns.join(",")}`;

/** `import organizations FILE` and its like: checks, imports, and says by line what is wrong or worth knowing. */
export function registerImport(
  cli: Cli,
  kind: ImportKind,
  columns: readonly string[],
  run: (bytes: Uint8Array, actor: typeof operator, options: ImportOptions) => Promise<ImportOutcome>,
): void {
  cli
    .command(`import ${kind}`, `Import ${kind}, all or nothing`)
    .argument("<FILE>", columnsHelp(columns))
    .option("--dry-run", "only check the file")
    .action(async (name: string, { dryRun = false }: { dryRun?: boolean }) => {
      const result = await run(readGivenFile(cli.fileOf(name)), operator, { dryRun });
      const { rows, emptyRows, fileNotes, active, inactive, ignoredColumns, noteCount, notes } =
        result.report;
      if (!result.ok) throw importRefusal(result);
      const remarks = [
        ...fileNotes,
        ...(emptyRows > 0 ? [emptyRowsText(emptyRows)] : []),
        ...(ignoredColumns.length > 0 ? [`Ignored columns: ${ignoredColumns.join(", ")}.`] : []),
        ...notes.map(({ line, message }) => `line ${line}: ${message}`),
        ...(noteCount > notes.length ? [`and ${formatCount(noteCount - notes.length)} more`] : []),
      ];
      const one = rows === 1;
      const what = `${formatCount(rows)} ${IMPORT_KINDS[kind][one ? "one" : "many"]}`;
      const verb = dryRun ? "could be imported" : one ? "was imported" : "were imported";
      await cli.print({
        json: {
          imported: dryRun ? 0 : rows,
          rows,
          emptyRows,
          fileNotes,
          active,
          inactive,
          ignoredColumns,
          noteCount,
          notes,
          dryRun,
        },
        text: [...remarks, `${what} ${verb}: ${active} active, ${inactive} inactive.`].join("\n"),
      });
    });
}
