import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { expect } from "vitest";
import { eventually } from "./server.ts";

/**
 * How long a test waits for an element or a page, in milliseconds. Playwright's own 30 s are too short where other work keeps
 * both processors busy. The limit of the test itself comes later, and its message would not name the element.
 */
const WAIT_MS = 90_000;

/** The installed Chromium, without its own requests to the network. `npm test` finds it and sets CHROMIUM_PATH. */
export async function launchBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH || "/usr/bin/chromium",
    headless: true,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-dev-shm-usage",
    ],
  });
  browser.on("context", (context) => context.setDefaultTimeout(WAIT_MS));
  return browser;
}

/**
 * Waits until the page's script runs, after a page was loaded. Before that, single keys and menus do nothing, and React does
 * not hear of text that is filled into a field that it holds. The load event and a quiet network may come earlier.
 */
export async function untilScriptRuns(page: Page): Promise<void> {
  // React marks an element when it takes it over.
  const isTaken = () =>
    page.evaluate(() => Object.keys(document.body).some((name) => name.startsWith("__reactFiber$")));
  await eventually("the page's script", async () => (await isTaken()) || null);
  // React's effects, which add the listeners, have run when the page has nothing more to do.
  await page.evaluate(() => new Promise<void>((done) => requestIdleCallback(() => done())));
}

/** Opens a page and waits until its script runs. */
export async function visit(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await untilScriptRuns(page);
}

/** Whether the element is the one that keys go to. */
export const hasFocus = (locator: Locator): Promise<boolean> =>
  locator.evaluate((element) => element === document.activeElement);

/** Fills in the sign-in page, which it opens if needed. Ends on the page after sign-in. */
export async function signIn(page: Page, email: string, password: string): Promise<void> {
  if (!new URL(page.url(), "http://localhost").pathname.startsWith("/sign-in")) await page.goto("/sign-in");
  await page.getByLabel("Email", { exact: true }).fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

/**
 * Stops the clock by which a page tells letters that are typed in one go from those after a pause, until the next page is
 * loaded: a busy machine pauses between two keys.
 */
export async function stopPageClock(page: Page): Promise<void> {
  await page.evaluate(() => {
    performance.now = () => 0;
  });
}

/**
 * The errors and warnings of the page's console, as they come; a test expects the list to be empty at its end. The
 * browser's own request for /favicon.ico is left out: it makes one for a document that names no icon, such as a CSV file.
 */
export function collectConsoleErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    const isOfBrowser = new URL(message.location().url || "about:blank").pathname === "/favicon.ico";
    if (!isOfBrowser && (message.type() === "error" || message.type() === "warning")) {
      errors.push(`${message.text()} (${message.location().url})`);
    }
  });
  return errors;
}

/** WCAG 2.2 AA by axe, as lines that name the rule and the elements. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // React replaces the title in the moment after a navigation; axe reports a page that has none for good.
  for (let tries = 0; tries < 50 && (await page.title()) === ""; tries += 1) await page.waitForTimeout(100);
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  return violations.map(
    (one) => `${one.id}: ${one.help} (${one.nodes.map((node) => node.target.join(" ")).join(", ")})`,
  );
}

/**
 * Axe finds no fault in the page. It looks when the page is at rest: between two pages the document has no title for a
 * moment, and colours that still change have too little contrast.
 */
export async function expectAccessible(page: Page): Promise<void> {
  const isAtRest = () =>
    page.evaluate(
      () =>
        document.title !== "" &&
        document
          .getAnimations()
          .every((one) => !(one instanceof CSSTransition) || one.playState !== "running"),
    );
  // From here, because a page without JavaScript has no timers to wait with.
  const rest = () => expect.poll(isAtRest).toBe(true);
  await rest();
  // A link that was pressed just before may replace the page while axe looks. A real fault is there the second time too.
  if ((await accessibilityFaults(page)).length === 0) return;
  await rest();
  expect(await accessibilityFaults(page)).toEqual([]);
}
