import { z } from "zod";
import { type Database, database } from "#db/client.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { formatCount, plainCredits } from "#lib/credits.ts";
import { emailAddress } from "#lib/email.ts";
import { asRefinement, asTransform } from "#lib/fields.ts";
import { unreadable } from "#lib/imports/file.ts";
import { readRecords } from "#lib/imports/records.ts";
import { type FileReport, REPORT_MAX_ROWS } from "#lib/imports/rules.ts";
import { checkTable } from "#lib/imports/table.ts";
import { writePosting } from "#lib/ledger/posting/posting.ts";
import { organizationCode } from "#lib/organization-codes/rules.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { recordInTransaction } from "./commands/record.ts";
import type { Reporter } from "./queries/spenders.ts";
import {
  applicationName,
  eventId,
  occurredAt,
  readAmount,
  timeFault,
  type UsageEvent,
} from "./rules/event.ts";

/** The columns of the file, in the order in which an export would write them. */
export const USAGE_COLUMNS = [
  "id",
  "organization",
  "member",
  "application",
  "credits",
  "occurred_at",
] as const;

/** Those that a file must have. */
const REQUIRED_COLUMNS = ["id", "organization", "member", "application", "credits"] as const;

/** How many events are recorded between two looks at what was refused. */
const EVENTS_A_PIECE = 1_000;

/** The result of importing a file of usage. */
export type UsageReport = FileReport & {
  recorded: number;
  /** Recorded before, from this file or otherwise, with the same content. */
  skipped: number;
};

/** A cell of credits: as the usage API reads them, with outer space ignored. */
const creditsCell = z
  .string()
  .transform((text) => text.trim())
  .refine((text) => text !== "", { error: "Enter an amount.", abort: true })
  .transform(asTransform((text: string) => readAmount(text)));

type Row = { line: number; active: true; event: UsageEvent };

async function readFile(bytes: Uint8Array, now: Date): Promise<{ report: UsageReport; rows: Row[] }> {
  const table = await readRecords(bytes);
  if (!table.ok) {
    const { line, message } = table.fault;
    return { rows: [], report: { ...unreadable("add", line, message), recorded: 0, skipped: 0 } };
  }
  const instant = occurredAt.superRefine(asRefinement((at: Date) => timeFault(at, now, null)));
  const { report, rows } = checkTable({
    columns: USAGE_COLUMNS,
    required: REQUIRED_COLUMNS,
    noun: "event",
    table,
    readRow({ line, cell, read, amount }): Row | undefined {
      const id = read("id", eventId);
      const organization = read("organization", organizationCode);
      const member = read("member", emailAddress);
      const application = read("application", applicationName);
      const credits = read("credits", creditsCell, amount("credits"));
      const at = cell("occurred_at");
      const occurred = at === "" ? null : read("occurred_at", instant, at);
      if (
        id === undefined ||
        organization === undefined ||
        member === undefined ||
        application === undefined ||
        credits === undefined ||
        occurred === undefined
      ) {
        return undefined;
      }
      return {
        line,
        active: true,
        event: {
          id,
          source: "",
          organization,
          member,
          application,
          credits,
          occurredAt: occurred,
          metadata: null,
        },
      };
    },
  });
  return { rows, report: { ...report, recorded: 0, skipped: 0 } };
}

/** The column that a refusal is about, if it is about one. */
const COLUMN_OF: Record<string, string> = { id: "id", organization: "organization", member: "member" };

/**
 * Records a file of usage whole or not at all, in the order of its rows and as if each had been reported: balances,
 * allowances and inactive members count. A row that was recorded before, also through the usage API, is skipped; its id
 * with other content is an error. One audit entry names the file. Other writes wait until it is done.
 */
export async function importUsageFile(
  bytes: Uint8Array,
  reporter: Reporter,
  {
    fileName = "",
    dryRun = false,
    now = new Date(),
    db = database(),
  }: { fileName?: string; dryRun?: boolean; now?: Date; db?: Database } = {},
): Promise<Result<UsageReport> & { report: UsageReport }> {
  const { report, rows } = await readFile(bytes, now);
  const refusal = (report: UsageReport) => ({
    ...refused(
      "import_refused",
      report.errorCount === 1
        ? "The file has 1 error. Nothing was imported."
        : `The file has ${formatCount(report.errorCount)} errors. Nothing was imported.`,
    ),
    report,
  });
  if (report.errorCount > 0) return refusal(report);
  const outcome = await writePosting((posting, tx) => {
    // Counted from 0 at each attempt: the work runs again when the database was busy.
    const counted: UsageReport = { ...report, errors: [] };
    let credits = 0n;
    for (let start = 0; start < rows.length; start += EVENTS_A_PIECE) {
      const piece = rows.slice(start, start + EVENTS_A_PIECE);
      const results = recordInTransaction(
        piece.map((row) => row.event),
        reporter,
        { posting, tx, now, db },
      );
      for (const [index, result] of results.entries()) {
        if (result.ok && result.value.status === "recorded") {
          counted.recorded += 1;
          credits += piece[index]?.event.credits ?? 0n;
        } else if (result.ok) counted.skipped += 1;
        else {
          counted.errorCount += 1;
          const column = result.field && COLUMN_OF[result.field];
          const message = column ? `${column}: ${result.message}` : result.message;
          if (counted.errors.length < REPORT_MAX_ROWS) {
            counted.errors.push({ line: piece[index]?.line ?? 0, message });
          }
        }
      }
    }
    if (counted.errorCount > 0) return refusal(counted);
    // A dry run is answered as a refusal too, because the transaction must be rolled back.
    if (dryRun) return { ...refused("dry_run", "Nothing was imported."), report: counted };
    if (counted.recorded > 0) {
      recordAudit(
        tx,
        reporter,
        [
          {
            action: "usage.imported",
            subject: { kind: "import", id: null, label: fileName || "usage" },
            after: {
              fileName,
              byteLength: bytes.length,
              events: counted.recorded,
              credits: plainCredits(credits),
            },
          },
        ],
        now,
      );
    }
    return { ...done(counted), report: counted };
  }, db);
  const isDryRun = !outcome.ok && outcome.code === "dry_run";
  return isDryRun ? { ...done(outcome.report), report: outcome.report } : outcome;
}
