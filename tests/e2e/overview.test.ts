import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEMO_TIME_ZONE } from "#lib/demo/enterprise.ts";
import { collectConsoleErrors, expectAccessible, launchBrowser, signIn } from "#tests/support/browser.ts";
import { leaveTimeInDay } from "#tests/support/clock.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

const DEAN = "dean@example.edu";
const NOBODY = "nobody@example.edu";

let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let errors: string[];

beforeAll(() => leaveTimeInDay(DEMO_TIME_ZONE.name), 240_000);
beforeAll(async () => {
  server = await startServer();
  server.bursar("demo");
  server.bursar("user", "create", OWNER, "--role", "owner", "--password", PASSWORD);
  server.bursar("user", "create", DEAN, "--role", "admin", "--password", PASSWORD, "--organization", "ENG");
  server.bursar(
    "user",
    "create",
    NOBODY,
    "--role",
    "viewer",
    "--password",
    PASSWORD,
    "--tag",
    "site:nowhere",
  );
  browser = await launchBrowser();
  context = await browser.newContext({ baseURL: server.url });
  page = await context.newPage();
  errors = collectConsoleErrors(page);
  await signIn(page, OWNER, PASSWORD);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const section = (name: string, on = page) => on.getByRole("region", { name, exact: true });
const months = (on = page) => on.getByRole("table", { name: "This month by credit type" });

describe("the overview", () => {
  it("is the first page of the navigation, but not where sign-in leads", async () => {
    expect(new URL(page.url()).pathname).toBe("/organizations");
    const links = page.getByRole("navigation", { name: "Main" }).getByRole("link");
    // After the search, which is over the pages.
    expect(await links.nth(1).textContent()).toBe("Overview");
    await links.nth(1).click();
    await page.waitForURL("**/overview");
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
    // React replaces the title in the moment after a navigation.
    await expect.poll(() => page.title()).toContain("Overview");
    await expectAccessible(page);
  });

  it("has what needs attention, each with its remedy", async () => {
    const items = section("Needs attention").getByRole("listitem");
    const dry = items.filter({ hasText: "Runs out" }).first();
    expect(await dry.textContent()).toContain("enterprise Testing: 9,953 credits (¥9,953) left.");
    await dry.getByRole("link", { name: "Add credits to enterprise Testing" }).click();
    await page.waitForURL("**/organizations/ENT-TEST/credits/add?back=%2Foverview");
    await page.goBack();
    await items
      .filter({ hasText: "Refused" })
      .first()
      .getByRole("link", { name: /^See refusals of / })
      .click();
    await page.waitForURL(/\/refusals\?organization=[A-Z-]+&code=[a-z_]+/);
    expect(await page.getByRole("table", { name: "Refusals" }).getByRole("row").count()).toBeGreaterThan(1);
    await page.goBack();
    await section("Needs attention").getByRole("link", { name: "All open alerts" }).click();
    await page.waitForURL("**/alerts");
    await page.goBack();
  });

  it("has each credit type's month, and charts the one that is chosen in the address", async () => {
    const rows = months().getByRole("row");
    // The heading and four credit types, by name.
    // The test before went back to this page, and its address comes before its content.
    await expect.poll(() => rows.count()).toBe(5);
    expect(await rows.nth(1).getByRole("rowheader").textContent()).toBe("All Coin");
    await months().getByRole("link", { name: "MYR" }).click();
    await page.waitForURL("**/overview?type=3");
    await page.getByRole("heading", { name: "MYR, spent this month" }).waitFor();
    expect(await months().locator("a[aria-current]").textContent()).toBe("MYR");
    const chart = page.getByRole("region", { name: "MYR, spent this month", exact: true });
    await chart.getByText("Show as table").click();
    const days = chart.getByRole("table").getByRole("row");
    expect(await days.count()).toBeGreaterThanOrEqual(29);
    await expectAccessible(page);
    await page.goBack();
    await page.waitForURL("**/overview");
  });

  it("splits the month by tag, and leads to the transactions of each part", async () => {
    await page.goto("/overview?type=2");
    await page.getByRole("link", { name: "site", exact: true }).click();
    await page.waitForURL("**/overview?type=2&by=tag:site");
    await page.getByRole("heading", { name: "By site" }).waitFor();
    await section("By organization").getByRole("link").first().click();
    await page.waitForURL(/\/transactions\?.*organization=/);
    expect(new URL(page.url()).searchParams.get("type")).toBe("2");
  });

  it("has runways, movers and members", async () => {
    await page.goto("/overview");
    await section("Runway").getByRole("link", { name: "All organizations by runway" }).waitFor();
    const pools = page.getByRole("table", { name: "Pools" });
    expect(await pools.getByRole("row").count()).toBe(5);
    await page.getByRole("heading", { name: "Movers" }).waitFor();
    const roles = page.getByRole("table", { name: "By role and status" });
    const all = roles.getByRole("row").filter({ hasText: "All" }).last();
    expect(await all.getByRole("cell").allTextContents()).toEqual(["32", "1", "33"]);
  });

  it("has only what is in the user's scope, and no pools", async () => {
    const other = await browser.newContext({ baseURL: server.url });
    const dean = await other.newPage();
    await signIn(dean, DEAN, PASSWORD);
    await dean.goto("/overview");
    await dean.getByText("in your organization").waitFor();
    expect(await months(dean).getByRole("row").count()).toBe(2);
    expect(await dean.getByRole("table", { name: "Pools" }).count()).toBe(0);
    const text = (await dean.getByRole("main").textContent()) ?? "";
    expect(text).toContain("Faculty of Engineering");
    expect(text).not.toContain("School of Business");
    expect(text).not.toContain("Kyoto");
    await expectAccessible(dean);
    await other.close();
  });

  it("tells somebody without an organization whom to ask", async () => {
    const other = await browser.newContext({ baseURL: server.url });
    const nobody = await other.newPage();
    await signIn(nobody, NOBODY, PASSWORD);
    await nobody.goto("/overview");
    await nobody.getByText("Ask an owner of the portal for access.").waitFor();
    expect(await nobody.getByRole("main").getByRole("table").count()).toBe(0);
    await expectAccessible(nobody);
    await other.close();
  });

  it("reads without JavaScript", async () => {
    const { cookies } = await context.storageState();
    const plain = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false });
    await plain.addCookies(cookies);
    const tab = await plain.newPage();
    await tab.goto("/overview");
    await months(tab).getByRole("link", { name: "JPY" }).click();
    await tab.waitForURL("**/overview?type=1");
    const chart = tab.getByRole("region", { name: "JPY, spent this month", exact: true });
    expect(await chart.locator("svg path").count()).toBeGreaterThanOrEqual(2);
    await chart.getByText("Show as table").click();
    await chart.getByRole("table").waitFor();
    await plain.close();
  });
});

it("looks as it should", async () => {
  const folder = process.env.SCREENSHOTS;
  for (const [width, scheme] of [
    [1440, "light"],
    [1440, "dark"],
    [768, "light"],
    [390, "light"],
    [390, "dark"],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto("/overview");
    await expectAccessible(page);
    if (folder) await page.screenshot({ path: `${folder}/overview-${width}-${scheme}.png`, fullPage: true });
  }
});

it("reports no error in the console", () => {
  expect(errors).toEqual([]);
});
