import type { Page } from "playwright-core";
import { launchBrowser } from "#tests/support/browser.ts";
import { quantile } from "./statistics.ts";

const WORDS = ["regensburg", "technology", "medicine", "kyoto", "physics"];

/**
 * The times from a key in the search field until the new list is on the screen, in milliseconds: one of each letter of a
 * few words. Each letter is typed after the list of the one before. The page's wait for the next letter is included.
 */
export async function keystrokes(
  url: string,
  cookie: string,
  { letters }: { letters: number },
): Promise<{ p50: number; p95: number; count: number }> {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ baseURL: url });
    const [name = "", value = ""] = cookie.split(/=(.*)/s);
    await page.context().addCookies([{ name, value, url }]);
    const times: number[] = [];
    for (const word of ["warm", ...WORDS]) {
      if (times.length >= letters) break;
      await page.goto("/organizations");
      await page.getByRole("searchbox").click();
      for (const letter of word) {
        const took = await timeKey(page, letter);
        if (word !== "warm") times.push(took);
      }
    }
    return { p50: quantile(times, 0.5), p95: quantile(times, 0.95), count: times.length };
  } finally {
    await browser.close();
  }
}

/** Measured in the page: from the key's event to the first frame after the address and the list have changed. */
async function timeKey(page: Page, letter: string): Promise<number> {
  await page.evaluate(() => {
    const main = document.querySelector("main");
    if (!main) throw new Error("the page has no content");
    const measured = new Promise<number>((resolve) => {
      let pressed = 0;
      document.addEventListener("keydown", () => (pressed = performance.now()), {
        once: true,
        capture: true,
      });
      const before = location.search;
      const changes = new MutationObserver(() => {
        if (location.search === before) return;
        changes.disconnect();
        requestAnimationFrame(() => resolve(performance.now() - pressed));
      });
      changes.observe(main, { childList: true, subtree: true, characterData: true, attributes: true });
    });
    Object.assign(window, { measured });
  });
  await page.keyboard.press(letter);
  return page.evaluate(() => (window as unknown as { measured: Promise<number> }).measured);
}
