import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import path from "node:path";
import type { Scale } from "./scale.ts";

/** One line of the table: what was measured, its target, and whether the target was reached. */
export type Line = {
  what: string;
  target: string;
  reached: string;
  ok: boolean;
  /** The absolute figures behind the line. */
  details: Record<string, number | string>;
};

export const atLeast = (value: number, least: number) => ({
  target: `≥ ${least}`,
  reached: value.toFixed(2),
  ok: value >= least,
});

export const atMost = (value: number, most: number, unit = "", digits = 2) => ({
  target: `≤ ${most}${unit}`,
  reached: `${value.toFixed(digits)}${unit}`,
  ok: value <= most,
});

/** The machine that was measured, without its name. */
export function machineShape(): string {
  const processors = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} processors (${processors[0]?.model.trim()}), ${gigabytes} GB of memory, ${process.platform} ${process.arch}, Node ${process.versions.node}`;
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

export type Report = {
  measuredAt: string;
  commit: string;
  command: string;
  machine: string;
  scale: Scale;
  minutes: number;
  lines: Line[];
};

export function makeReport(
  lines: readonly Line[],
  run: { command: string; scale: Scale; minutes: number },
): Report {
  return {
    measuredAt: new Date().toISOString(),
    commit: commit(),
    machine: machineShape(),
    ...run,
    minutes: Math.round(run.minutes * 10) / 10,
    lines: [...lines],
  };
}

export function markdownTable(lines: readonly Line[]): string {
  return [
    "| what | to reach | measured | |",
    "| --- | --- | --- | --- |",
    ...lines.map(
      ({ what, target, reached, ok }) =>
        `| ${what} | ${target} | ${reached} | ${ok ? "reached" : "**missed**"} |`,
    ),
  ].join("\n");
}

const BEGIN = "<!-- measured: begin -->";
const END = "<!-- measured: end -->";

/** Writes the table between the marks of docs/performance.md, and all figures to the JSON file beside it. */
export function writeReport(report: Report): void {
  const page = path.join("docs", "performance.md");
  const text = readFileSync(page, "utf8");
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${page} has lost its marks`);
  const { scale } = report;
  const count = (value: number) => value.toLocaleString("en-US");
  const measured = [
    `Measured ${report.measuredAt.slice(0, 10)} at ${report.commit} by \`${report.command}\` in ${report.minutes} minutes:`,
    `${count(scale.organizations)} organizations, ${count(scale.memberships)} members, ${count(scale.entries)} entries; ${report.machine}.`,
    "",
    markdownTable(report.lines),
  ].join("\n");
  writeFileSync(page, `${before}${BEGIN}\n\n${measured}\n\n${END}${after}`);
  writeFileSync(path.join("docs", "performance.json"), `${JSON.stringify(report, null, 2)}\n`);
}
