import { type CheckReport, collectFaults, type Fault, type VerifyReport } from "./report.ts";

/** Runs checks and keeps what each has found. */
export class Checks {
  readonly reports: CheckReport[] = [];
  readonly #limit: number;
  readonly #onProgress: (check: string) => void;

  /**
   * @param limit how many faults of each check are named.
   * @param onProgress called with the name of each check before it begins.
   */
  constructor(limit: number, onProgress: (check: string) => void = () => {}) {
    this.#limit = limit;
    this.#onProgress = onProgress;
  }

  /** Begins a check whose faults another check finds. */
  add(name: string): Fault {
    const { report, fault } = collectFaults(name, this.#limit);
    this.reports.push(report);
    return fault;
  }

  /**
   * Runs a check. An error within it is a fault too, because a damaged page cannot be read, and a damaged value can be of
   * a type that no code expects.
   */
  run<T>(name: string, check: (fault: Fault) => T): T | undefined {
    const fault = this.add(name);
    this.#onProgress(name);
    try {
      return check(fault);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      fault("the database", `cannot be read further: ${error.message}`);
      return undefined;
    }
  }
}

/** Sums up reports; those of one name, which two threads found, become one. */
export function summaryOf(
  reports: readonly CheckReport[],
  limit: number,
): Pick<VerifyReport, "ok" | "faults" | "checks"> {
  const byName = new Map<string, CheckReport>();
  for (const { name, faults, mismatches } of reports) {
    const before = byName.get(name);
    byName.set(name, {
      name,
      faults: faults + (before?.faults ?? 0),
      mismatches: [...(before?.mismatches ?? []), ...mismatches].slice(0, limit),
    });
  }
  const checks = [...byName.values()];
  const faults = checks.reduce((sum, one) => sum + one.faults, 0);
  return { ok: faults === 0, faults, checks };
}
