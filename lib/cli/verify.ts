import path from "node:path";
import { dataDirectory } from "#db/data-directory.ts";
import { formatCount } from "#lib/credits.ts";
import { UnverifiableError, verifyDatabase } from "#lib/verify/verify.ts";
import { type Cli, CliRefusal } from "./support.ts";

export function registerVerify(cli: Cli): void {
  cli
    .command(
      "verify [FILE]",
      "Check the database, or a backup of it: SQLite's structures, every figure against the ledger, the audit chain",
    )
    .action(async (name: string | undefined) => {
      const file = name === undefined ? path.join(dataDirectory(), "bursar.sqlite") : cli.fileOf(name);
      const report = verified(file);
      if (!report.ok) {
        const lines = report.checks.flatMap((check) => [
          ...check.mismatches.map(({ row, message }) => `${check.name}: ${row}: ${message}`),
          ...(check.faults > check.mismatches.length
            ? [`${check.name}: and ${formatCount(check.faults - check.mismatches.length)} more`]
            : []),
        ]);
        const total = report.faults === 1 ? "1 fault" : `${formatCount(report.faults)} faults`;
        throw new CliRefusal([...lines, `${total} found in ${file}.`].join("\n"), "mismatch", report);
      }
      await cli.print({
        json: report,
        text: `${file} is right: ${formatCount(report.ledgerEntries)} ledger entries, ${formatCount(report.auditEntries)} audit entries, the last with the hash ${report.auditHash}.`,
      });
    });
}

function verified(file: string) {
  try {
    return verifyDatabase(file);
  } catch (error) {
    if (error instanceof UnverifiableError) throw new CliRefusal(error.message, "not_verifiable", { file });
    throw error;
  }
}
