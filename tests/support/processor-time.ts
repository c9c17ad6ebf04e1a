import { readFileSync } from "node:fs";

/** The processor time that a process has taken so far, in milliseconds; other processes do not lengthen it. */
export function processorMilliseconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    // Hundredths of a second, in user and in system mode.
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    // Only Linux tells.
    return Number.NaN;
  }
}
