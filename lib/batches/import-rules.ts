import { BATCH_MAX } from "#lib/bulk/rules/batches.ts";
import { formatCount, formatCredits, plainCredits } from "#lib/credits.ts";
import type { ImportProgress, ImportReport, MovedReport } from "#lib/imports/rules.ts";
import { REPORT_MAX_ROWS } from "#lib/imports/rules.ts";
import { checkTable, type Table } from "#lib/imports/table.ts";
import { creditAmount, note } from "#lib/ledger/rules.ts";
import { organizationCode } from "#lib/organization-codes/rules.ts";
import { type MovePool, planMove } from "./rules/credits.ts";

/** The columns of a file of allocations. */
export const ALLOCATION_COLUMNS = ["code", "credits", "note"] as const;
type Column = (typeof ALLOCATION_COLUMNS)[number];

const REQUIRED_COLUMNS = ["code", "credits"] as const;

/** An organization that a file names, as it is now. */
export type AllocationSubject = {
  id: number;
  code: string;
  name: string;
  active: boolean;
  creditTypeId: number;
  balance: bigint;
};

/** A good row: credits for an organization. Its balance is not in it, because members go on spending after the preview. */
export type AllocationRow = {
  line: number;
  active: boolean;
  id: number;
  code: string;
  creditTypeId: number;
  amount: bigint;
  note: string | null;
};

/** What the portal has, which a file is checked against. */
export type AllocationContext = {
  pools: readonly MovePool[];
  /** By its code, or by one that it had. */
  organizationByCode: (code: string) => AllocationSubject | undefined;
  /** The batch that has allocated the same file lately; null for none. `at` is the instant as text. */
  earlier: { batch: number; at: string } | null;
};

/** Checks every record of a file. The rows can be allocated only when the report has no error. */
export function checkAllocations(
  table: Table,
  { pools, organizationByCode, earlier }: AllocationContext,
  onProgress?: (progress: ImportProgress) => void,
): { report: ImportReport; rows: AllocationRow[] } {
  const lineOf = new Map<number, number>();
  const left = new Map(pools.map(({ id, available }) => [id, available]));
  const subjects: (AllocationSubject & { line: number; amount: bigint; note: string | null })[] = [];
  const { report, rows } = checkTable<Column, AllocationRow>({
    columns: ALLOCATION_COLUMNS,
    required: REQUIRED_COLUMNS,
    noun: "allocation",
    table,
    onProgress,
    readRow({ line, read, amount, fault }) {
      const code = read("code", organizationCode);
      const credits = read("credits", creditAmount, amount("credits"));
      const text = read("note", note);
      if (code === undefined || credits === undefined || text === undefined) return undefined;
      const organization = organizationByCode(code);
      if (!organization) {
        fault("code", `There is no organization with the code ${code}.`);
        return undefined;
      }
      const { id, creditTypeId, active } = organization;
      const first = lineOf.get(id);
      if (first !== undefined) {
        fault("code", `${organization.code} is already on line ${first}. Add the two up.`);
        return undefined;
      }
      lineOf.set(id, line);
      subjects.push({ ...organization, line, amount: credits, note: text });
      const before = left.get(creditTypeId) ?? 0n;
      left.set(creditTypeId, before - credits);
      // Once for each pool: at the line with which it runs out.
      if (before >= 0n && before < credits) {
        const pool = pools.find((one) => one.id === creditTypeId);
        fault(
          "credits",
          `${pool?.name ?? "The pool"} has ${formatCredits(pool?.available ?? 0n)} available; with this line the file allocates more.`,
        );
      }
      return { line, active, id, code: organization.code, creditTypeId, amount: credits, note: text };
    },
  });
  const refuse = (message: string) => {
    report.errors.unshift({ line: 1, message });
    report.errorCount += 1;
  };
  if (rows.length > BATCH_MAX) {
    refuse(`The file has more than ${formatCount(BATCH_MAX)} allocations. Split it.`);
  }
  if (earlier) {
    refuse(
      `Batch #${earlier.batch} has allocated this file already, at ${earlier.at}. To allocate it again, reverse that batch, or change the file, for example a note.`,
    );
  }
  return { rows, report: { ...report, moved: movedReport(subjects, pools) } };
}

/** What a file would move, as its preview shows it. */
function movedReport(
  subjects: readonly (AllocationSubject & { line: number; amount: bigint; note: string | null })[],
  pools: readonly MovePool[],
): MovedReport {
  const amounts = new Map<number, bigint>();
  for (const { creditTypeId, amount } of subjects) {
    amounts.set(creditTypeId, (amounts.get(creditTypeId) ?? 0n) + amount);
  }
  // A pool in a plan of its own, because each row has another amount.
  const poolLines = pools.flatMap((pool) => {
    const amount = amounts.get(pool.id);
    if (amount === undefined) return [];
    const subject = {
      id: 0,
      name: "",
      code: "",
      isActive: true,
      balance: 0n,
      activeMembers: 0,
      creditTypeId: pool.id,
    };
    return planMove({ kind: "allocation", split: "each", amount }, [subject], [pool]).pools;
  });
  return {
    total: plainCredits(subjects.reduce((sum, { amount }) => sum + amount, 0n)),
    pools: poolLines.map(({ name, available, change, after }) => ({
      name,
      available: plainCredits(available),
      change: plainCredits(change),
      after: plainCredits(after),
    })),
    lines: subjects.slice(0, REPORT_MAX_ROWS).map(({ line, name, code, balance, amount, note: text }) => ({
      line,
      name,
      code,
      before: plainCredits(balance),
      amount: plainCredits(amount),
      after: plainCredits(balance + amount),
      note: text ?? "",
    })),
  };
}
