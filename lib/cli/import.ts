import { writeFileSync } from "node:fs";
import { Option } from "commander";
import { formatCount } from "#lib/credits.ts";
import type { ImportOptions, ImportOutcome } from "#lib/imports/file.ts";
import {
  countsText,
  emptyRowsText,
  type FileReport,
  IMPORT_KINDS,
  IMPORT_MODES,
  type ImportKind,
  type ImportMode,
} from "#lib/imports/rules.ts";
import type { Refused } from "#lib/result.ts";
import { type Cli, CliRefusal, operator, readInputFile } from "./support.ts";

/** A file with errors: each by its line, as far as the report lists them. */
export function importRefusal({
  code,
  message,
  report: { errorCount, errors },
}: Refused & { report: Pick<FileReport, "errorCount" | "errors"> }): CliRefusal {
  const lines = errors.map(({ line, message }) => `line ${line}: ${message}`);
  if (errorCount > errors.length) lines.push(`and ${formatCount(errorCount - errors.length)} more`);
  return new CliRefusal([...lines, message].join("\n"), code, { errorCount, errors });
}

type FileRemarks = Omit<FileReport, "rows" | "errors" | "errorCount">;

/** How the file was read, as `--json` has it. */
export const fileRemarksJson = ({
  emptyRows,
  fileNotes,
  ignoredColumns,
  noteCount,
  notes,
}: FileRemarks): FileRemarks => ({ emptyRows, fileNotes, ignoredColumns, noteCount, notes });

/** How the file was read, a line each. */
export function fileRemarks({
  fileNotes,
  emptyRows,
  ignoredColumns,
  noteCount,
  notes,
}: FileRemarks): string[] {
  return [
    ...fileNotes,
    ...(emptyRows > 0 ? [emptyRowsText(emptyRows)] : []),
    ...(ignoredColumns.length > 0 ? [`Ignored columns: ${ignoredColumns.join(", ")}.`] : []),
    ...notes.map(({ line, message }) => `line ${line}: ${message}`),
    ...(noteCount > notes.length ? [`and ${formatCount(noteCount - notes.length)} more`] : []),
  ];
}

/** The help's description of the file. */
export const columnsHelp = (columns: readonly string[]) =>
  `CSV or .xlsx with the columns ${columns.join(",")}`;

const modeOption = () =>
  new Option("--mode <MODE>", "add: rows that the portal lacks; change: rows that it has; both")
    .choices(IMPORT_MODES)
    .default("add");

/** `import organizations FILE` and its like: checks, imports, and reports by line what is wrong or worth knowing. */
export function registerImport(
  cli: Cli,
  kind: ImportKind,
  columns: readonly string[],
  run: (bytes: Uint8Array, actor: typeof operator, options: ImportOptions) => Promise<ImportOutcome>,
): void {
  cli
    .command(`import ${kind}`, `Import ${kind}, all or nothing`)
    .argument("<FILE>", columnsHelp(columns))
    .addOption(modeOption())
    .option("--undo <FILE>", "write the CSV that brings back what the import changes")
    .option("--dry-run", "only check the file")
    .action(
      async (name: string, options: { mode: ImportMode; undo?: string; dryRun?: boolean }): Promise<void> => {
        const { mode, undo, dryRun = false } = options;
        const result = await run(readInputFile(cli.fileOf(name)), operator, {
          mode,
          dryRun,
          ...(undo && { keepUndo: (csv) => writeFileSync(cli.fileOf(undo), csv, { mode: 0o600 }) }),
        });
        const { report } = result;
        if (!result.ok) throw importRefusal(result);
        const { rows, active, inactive, added, changed, unchanged, emptyRows } = report;
        const { fileNotes, ignoredColumns, noteCount, notes, changes } = report;
        const remarks = [
          ...fileRemarks(report),
          ...changes.flatMap(({ line, label, cells }) =>
            cells.map(
              (cell) =>
                `line ${line}: ${label}: ${cell.column}: ${cell.old || "(empty)"} → ${cell.new || "(empty)"}`,
            ),
          ),
          ...(changed > changes.length
            ? [`and ${formatCount(changed - changes.length)} more changed rows`]
            : []),
        ];
        const total = added + changed;
        const what = `${formatCount(total)} ${IMPORT_KINDS[kind][total === 1 ? "one" : "many"]}`;
        const verb = dryRun ? "could be imported" : total === 1 ? "was imported" : "were imported";
        const details = mode === "add" ? `${active} active, ${inactive} inactive` : countsText(report);
        await cli.print({
          json: {
            imported: dryRun ? 0 : total,
            mode,
            rows,
            added,
            changed,
            unchanged,
            emptyRows,
            fileNotes,
            active,
            inactive,
            ignoredColumns,
            noteCount,
            notes,
            changes,
            dryRun,
          },
          text: [...remarks, `${what} ${verb}: ${details}.`].join("\n"),
        });
      },
    );
}
