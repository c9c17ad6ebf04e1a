import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { median } from "./statistics.ts";

/** Lighthouse has a hundred packages for three figures, so it is used only if it is installed. */
const LIGHTHOUSE = path.join("node_modules", ".bin", "lighthouse");
const CATEGORIES = ["performance", "accessibility", "best-practices"] as const;
type Scores = Record<(typeof CATEGORIES)[number], number | null>;

/** The device that Lighthouse simulates: a slow phone (its default) or a desktop. */
export type Device = "mobile" | "desktop";

const RUNS = 3;

/** Scores from 0 to 100 of a page behind sign-in, the median of three runs. Null if Lighthouse is not installed. */
export async function lighthouseScores(url: string, cookie: string, device: Device): Promise<Scores> {
  if (!existsSync(LIGHTHOUSE)) {
    console.log("Lighthouse is not installed: npm install --no-save lighthouse");
    return { performance: null, accessibility: null, "best-practices": null };
  }
  const runs: Scores[] = [];
  for (let run = 0; run < RUNS; run++) {
    // Lighthouse asks to be run again when the browser's trace misses the start of the page.
    const again = (error: Error) => {
      if (!error.message.includes("NO_NAVSTART")) throw error;
      return scoresOnce(url, cookie, device);
    };
    runs.push(await scoresOnce(url, cookie, device).catch(again));
  }
  return Object.fromEntries(
    CATEGORIES.map((category) => {
      const scores = runs.flatMap((scored) => scored[category] ?? []);
      return [category, scores.length === RUNS ? median(scores) : null];
    }),
  ) as Scores;
}

async function scoresOnce(url: string, cookie: string, device: Device): Promise<Scores> {
  const folder = mkdtempSync(path.join(tmpdir(), "bursar-lighthouse-"));
  const file = path.join(folder, "report.json");
  try {
    await promisify(execFile)(
      LIGHTHOUSE,
      [
        url,
        "--quiet",
        "--output=json",
        `--output-path=${file}`,
        `--only-categories=${CATEGORIES.join(",")}`,
        `--extra-headers=${JSON.stringify({ Cookie: cookie })}`,
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage",
        "--no-enable-error-reporting",
        ...(device === "desktop" ? ["--preset=desktop"] : []),
      ],
      {
        env: { ...process.env, CHROME_PATH: process.env.CHROMIUM_PATH || "/usr/bin/chromium" },
        timeout: 180_000,
      },
    );
    const report = JSON.parse(readFileSync(file, "utf8")) as {
      categories: Record<string, { score: number | null }>;
    };
    return Object.fromEntries(
      CATEGORIES.map((category) => {
        const score = report.categories[category]?.score ?? null;
        return [category, score === null ? null : Math.round(score * 100)];
      }),
    ) as Scores;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
