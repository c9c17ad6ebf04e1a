import { spawnSync } from "node:child_process";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectConsoleErrors, expectAccessible, launchBrowser, signIn } from "#tests/support/browser.ts";
import { PASSWORD, VIEWER } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let errors: string[];

function bursar(...args: string[]): string {
  const run = spawnSync(process.execPath, ["scripts/bursar.mjs", ...args], {
    encoding: "utf8",
    env: { NODE_ENV: "test", PATH: process.env.PATH ?? "", DATA_DIR: server.directory },
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout;
}

beforeAll(async () => {
  server = await startServer({ environment: { OWNER_EMAIL: "owner@example.edu", OWNER_PASSWORD: PASSWORD } });
  bursar("demo");
  bursar("user", "create", VIEWER, "--role", "viewer", "--password", PASSWORD);
  browser = await launchBrowser();
  context = await browser.newContext({ baseURL: server.url });
  page = await context.newPage();
  errors = collectConsoleErrors(page);
  await signIn(page, VIEWER, PASSWORD);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const address = () => page.url().replace(server.url, "");
const changes = () => page.locator("main ol > li");

describe("the demonstration", () => {
  it("shows the four metrics and the card, to the digit", async () => {
    await page.goto("/organizations");
    const metrics = await page.getByRole("region", { name: "Metrics", exact: true }).textContent();
    for (const text of [
      "13 organizations (11 active)",
      "33 total members",
      "6,177,061 total credits balance",
      "1,249,354 total spent credits",
    ]) {
      expect(metrics).toContain(text);
    }
    const card = page.getByRole("article").filter({ hasText: "enterprise Testing" });
    expect(await card.locator("dl > div").allTextContents()).toEqual([
      "Members2",
      "Credit Balance9,953",
      "Worth¥9,953",
      "Runs outNo spending",
      "Total Spent Credits0.047",
      "Spent 30 d0",
      "Credit TypeJPY",
      "Monthly Allowance per Member1,000 credits",
    ]);
    expect(await card.locator("footer p").textContent()).toBe("Created 03/03/2025");
  });

  it("shows metric cards of one width, each number on a line of its own", async () => {
    await page.goto("/organizations");
    const cards = await page
      .getByRole("region", { name: "Metrics", exact: true })
      .locator("dd > p:has(> [title])")
      .evaluateAll((lines) =>
        lines.map((line) => {
          const number = line.querySelector("[title]") as Element;
          const words = line.querySelector("span:last-child") as Element;
          return {
            width: line.closest("dl > div")?.getBoundingClientRect().width,
            isAbove: number.getBoundingClientRect().bottom <= words.getBoundingClientRect().top,
          };
        }),
      );
    expect(cards).toHaveLength(4);
    expect(new Set(cards.map(({ width }) => width)).size).toBe(1);
    expect(cards.map(({ isAbove }) => isAbove)).toEqual([true, true, true, true]);
  });

  it("has charts of everything and of one organization up to today", async () => {
    const today = () =>
      new Intl.DateTimeFormat("en-GB", {
        timeZone: "Asia/Singapore",
        day: "2-digit",
        month: "2-digit",
        year: "numeric",
      }).format(new Date());
    const before = today();
    await page.goto("/transactions?tab=spending&period=30-days");
    // Midnight may pass while the page loads.
    const either = [before, today()];
    await page.getByRole("heading", { name: "Spent per day" }).waitFor();
    await expectAccessible(page);
    await page.getByText("Show as table").first().click();
    const days = page.getByRole("table", { name: "Spent per day" }).locator("tbody tr th");
    expect(await days.count()).toBe(30);
    expect(either).toContain(await days.last().textContent());
    await page.goto("/organizations/ENG");
    await page.getByRole("heading", { name: "Changes" }).waitFor();
    await expectAccessible(page);
    expect(bursar("verify")).toContain(" is consistent: ");
  });
});

describe("audit", () => {
  it("is read by a viewer: who changed what, before and after, and how to check it", async () => {
    await page.goto("/organizations");
    await page.getByRole("link", { name: "Audit", exact: true }).click();
    await page.waitForURL("**/audit");
    await expect.poll(() => changes().count()).toBe(50);
    const signedIn = await changes().first().textContent();
    // A viewer sees who signed in, but not from which address.
    expect(signedIn).toMatch(/^Signed in: auditor@example\.edu.*by auditor@example\.edu$/s);
    const [, entries = "", hash = ""] = / audit +(\d+):([0-9a-f]{64})/.exec(bursar("verify")) ?? [];
    const chain = page.getByRole("region", { name: "The chain" });
    // A viewer could compute addresses from the hash, so that only owners and admins see it.
    await chain.getByText(`Number of entries: ${Number(entries).toLocaleString("en")}.`).waitFor();
    expect(await chain.textContent()).not.toContain(hash);
    await expectAccessible(page);
  });

  it("filters in the URL, pages by links, and leads to what changed", async () => {
    await page.goto("/audit");
    await page.getByLabel("Action").selectOption("Credits added");
    await page.waitForURL("**/audit?action=credits.allocated");
    await expect
      .poll(async () => new Set(await changes().locator("p > span.font-medium").allTextContents()))
      .toEqual(new Set(["Credits added"]));
    await page.getByRole("link", { name: "Older" }).click();
    await page.waitForURL(/before=/);
    await page.goBack();
    await page.waitForURL("**/audit?action=credits.allocated");
    await page.getByLabel("Object").fill("eng");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/audit?q=eng&action=credits.allocated");
    await expect
      .poll(async () => new Set(await changes().locator("div > p > a").allTextContents()))
      .toEqual(new Set(["ENG"]));
    await changes().first().getByRole("link", { name: /^#\d/ }).click();
    await page.waitForURL(/\/transactions\/\d+$/);
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toMatch(/^Transaction #\d+/);
  });

  it("exports the filtered view", async () => {
    await page.goto("/audit?action=organization.deactivated");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Export CSV" }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^audit-\d{4}-\d\d-\d\d\.csv$/);
    const answer = await page.request.get("/audit/export?action=organization.deactivated");
    const lines = (await answer.text()).trim().split("\r\n");
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain(",organization.deactivated,organization,SUMMER-25,");
  });

  it("filters without JavaScript, and needs a session", async () => {
    const plain = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false });
    const other = await plain.newPage();
    await other.goto("/audit?kind=settings");
    expect(new URL(other.url()).pathname).toBe("/sign-in");
    await signIn(other, VIEWER, PASSWORD);
    expect(other.url()).toBe(`${server.url}/audit?kind=settings`);
    await other.locator("select[name=kind]").selectOption("Organization");
    await other.getByLabel("Object").fill("PILOT");
    await other.getByRole("button", { name: "Apply" }).click();
    await other.waitForURL(`${server.url}/audit?q=PILOT&kind=organization`);
    expect(await other.locator("main ol > li").last().textContent()).toMatch(/^Organization created: PILOT/);
    await plain.close();
  });

  it("shows a sentence and a link when no change matches", async () => {
    await page.goto("/audit?q=nothing-like-it");
    await page.getByRole("link", { name: "Show all changes" }).click();
    await page.waitForURL("**/audit");
    expect(address()).toBe("/audit");
  });

  it("left the console without errors", () => {
    expect(errors).toEqual([]);
  });
});
