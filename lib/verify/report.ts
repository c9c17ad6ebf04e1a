/** One row at fault, in words for the operator. */
export type Mismatch = {
  /** E.g. "organizations 5 (MKT)". */
  row: string;
  message: string;
};

/** What one check found. */
export type CheckReport = {
  name: string;
  /** All faults. */
  faults: number;
  /** The first of them. */
  mismatches: Mismatch[];
};

/** What `verify` found. */
export type VerifyReport = {
  ok: boolean;
  file: string;
  faults: number;
  checks: CheckReport[];
  ledgerEntries: number;
  /**
   * The hash at the end of the ledger's chain. Saved elsewhere, it proves that nobody has rewritten the whole chain
   * since.
   */
  ledgerHash: string;
  auditEntries: number;
  /** The hash of the last audit entry, which serves the same purpose. */
  auditHash: string;
};

/** Counts every fault of one check and keeps the first `limit`. */
export type Fault = (row: string, message: string) => void;

export function collectFaults(name: string, limit: number): { fault: Fault; report: CheckReport } {
  const report: CheckReport = { name, faults: 0, mismatches: [] };
  return {
    report,
    fault(row, message) {
      report.faults += 1;
      if (report.mismatches.length < limit) report.mismatches.push({ row, message });
    },
  };
}
