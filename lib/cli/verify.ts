import { statSync } from "node:fs";
import path from "node:path";
import { InvalidArgumentError } from "commander";
import { dataDirectory } from "#db/data-directory.ts";
import { formatCount } from "#lib/credits.ts";
import { isOfThisPortal } from "#lib/health/copies.ts";
import { type ExpectedHash, readExpectedHash } from "#lib/verify/expected.ts";
import { UnverifiableError, verifyDatabaseInThreads } from "#lib/verify/verify.ts";
import { type Cli, CliRefusal, recordHealth, verifyProgress } from "./support.ts";

export function registerVerify(cli: Cli): void {
  cli
    .command(
      "verify [FILE]",
      "Check the database, or a backup of it: SQLite's structures, every figure against the ledger, the audit chain",
    )
    .option(
      "--expect <ID:HASH>",
      "a hash that an earlier verify printed: refuse a chain in which it has changed; may be repeated",
      collectExpected,
    )
    .action(async (name: string | undefined, { expect = [] }: { expect?: ExpectedHash[] }) => {
      const file = name === undefined ? path.join(dataDirectory(), "bursar.sqlite") : cli.fileOf(name);
      const report = await verified(file, expect);
      await recordVerify(name === undefined ? null : file, report.faults);
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
        text: [
          `${file} is consistent: ${formatCount(report.ledgerEntries)} ledger entries, ${formatCount(report.auditEntries)} audit entries.`,
          "Keep these two hashes elsewhere and pass each to a later verify with --expect:",
          `  ledger ${report.ledgerEntries}:${report.ledgerHash}`,
          `  audit  ${report.auditEntries}:${report.auditHash}`,
        ].join("\n"),
      });
    });
}

function collectExpected(text: string, earlier: ExpectedHash[] = []): ExpectedHash[] {
  const hash = readExpectedHash(text);
  if (!hash) {
    throw new InvalidArgumentError(
      "Type the number of an entry, a colon and its hash of 32 (ledger) or 64 (audit) digits, as verify prints them.",
    );
  }
  return [...earlier, hash];
}

/**
 * Records the check in the portal. A copy of the portal's database, such as its last backup, counts from the time at which
 * it was made; any other file does not count.
 */
async function recordVerify(copy: string | null, faults: number): Promise<void> {
  if (copy === null) await recordHealth({ kind: "verify", faults });
  else if (isOfThisPortal(copy)) await recordHealth({ kind: "verify", faults, at: statSync(copy).mtime });
}

async function verified(file: string, expected: readonly ExpectedHash[]) {
  const progress = verifyProgress();
  try {
    return await verifyDatabaseInThreads(file, { expected, onProgress: progress.show });
  } catch (error) {
    if (error instanceof UnverifiableError) throw new CliRefusal(error.message, "not_verifiable", { file });
    throw error;
  } finally {
    progress.clear();
  }
}
