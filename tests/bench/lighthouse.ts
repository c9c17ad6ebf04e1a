import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

/** Lighthouse brings a hundred packages for three figures, so it is used where somebody has installed it. */
const LIGHTHOUSE = path.join("node_modules", ".bin", "lighthouse");
const CATEGORIES = ["performance", "accessibility", "best-practices"] as const;
type Scores = Record<(typeof CATEGORIES)[number], number | null>;

/** Scores from 0 to 100 of a page behind sign-in, on Lighthouse's own slow telephone; null where it is not installed. */
export async function lighthouseScores(url: string, cookie: string): Promise<Scores> {
  if (!existsSync(LIGHTHOUSE)) {
    console.log("Lighthouse is not installed: npm install --no-save lighthouse");
    return { performance: null, accessibility: null, "best-practices": null };
  }
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
