import { readFileSync } from "node:fs";
import path from "node:path";

/** One real request: when, and what it costs in micro-credits. */
export type LlmRequest = { at: Date; credits: bigint };

/** The requests of tests/data/llm_requests.csv, charged as its README describes. */
export function llmRequests(): LlmRequest[] {
  const [, ...lines] = readFileSync(path.join("tests", "data", "llm_requests.csv"), "utf8")
    .trim()
    .split(/\r?\n/);
  return lines.map((line) => {
    const [timestamp = "", context = "0", generated = "0"] = line.split(",");
    // Tenths of a micro-credit: 25 for a context token, 100 for a generated one.
    const tenths = BigInt(context) * 25n + BigInt(generated) * 100n;
    return {
      at: new Date(`${timestamp.slice(0, 23).replace(" ", "T")}Z`),
      credits: (tenths + 5n) / 10n,
    };
  });
}
