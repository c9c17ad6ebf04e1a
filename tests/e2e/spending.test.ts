import { readFileSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import {
  collectConsoleErrors,
  expectAccessible,
  launchBrowser,
  signIn,
  visit,
} from "#tests/support/browser.ts";
import { aMember, credits, operator, spent, value } from "#tests/support/builders.ts";
import { inDatabase, makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let directory: string;
let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let errors: string[];

const DAY_MS = 86_400_000;
/** When this file began: the days stay the same when midnight passes. */
const NOW = new Date();
/** "2026-11-22": that many days before today, in UTC. */
const dayBefore = (days: number) => new Date(NOW.getTime() - days * DAY_MS).toISOString().slice(0, 10);
/** "22/11/2026" */
const written = (day: string) => day.split("-").reverse().join("/");
/**
 * The month before the last one, as "2026-09" and "September 2026". In the first days of a month, the days before today are
 * in the last month, so that its sums would be others.
 */
const pastMonth = (() => {
  const first = new Date(Date.UTC(NOW.getUTCFullYear(), NOW.getUTCMonth() - 2, 1));
  const name = new Intl.DateTimeFormat("en", { month: "long", year: "numeric", timeZone: "UTC" }).format(
    first,
  );
  return { iso: first.toISOString().slice(0, 7), name };
})();

async function fill(): Promise<void> {
  value(await createPortalUser({ email: OWNER, role: "owner", password: PASSWORD }, operator));
  const { organizations } = await makeSmallEnterprise();
  await aMember(organizations[0] ?? 0, { name: "Chloe Lim", email: "c.lim@example.edu" });
  for (const [id, organization, member, application, amount, at] of [
    ["req-1", "LAW", "ana@example.edu", "essay-coach", credits(10), `${dayBefore(4)}T10:00:00Z`],
    ["req-2", "LAW", "bo@example.edu", "tutor", credits(4), `${dayBefore(2)}T10:00:00Z`],
    ["req-3", "ART", "ana@example.edu", "essay-coach", credits(1), `${dayBefore(2)}T11:00:00Z`],
    ["req-4", "LAW", "ana@example.edu", "essay-coach", credits(30), `${pastMonth.iso}-03T10:00:00Z`],
    ["req-5", "LAW", "c.lim@example.edu", "essay-coach", 7_500_000n, `${pastMonth.iso}-05T10:00:00Z`],
    ["777", "ART", "ana@example.edu", "tutor", credits(2), `${dayBefore(1)}T11:00:00Z`],
  ] as const) {
    await spent({ id, organization, member, application, credits: amount, occurredAt: new Date(at) });
  }
}

beforeAll(async () => {
  directory = makeTemporaryDirectory();
  await inDatabase(directory, fill);
  server = await startServer({ directory });
  browser = await launchBrowser();
  context = await browser.newContext({ baseURL: server.url, acceptDownloads: true });
  page = await context.newPage();
  errors = collectConsoleErrors(page);
  await signIn(page, OWNER, PASSWORD);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  removeDirectory(directory);
});

const address = () => page.url().replace(server.url, "");
const table = (of = page) => of.getByRole("table", { name: /^Spent by/ });
const texts = async (of = page) =>
  (await table(of).locator("tbody tr, tfoot tr").allInnerTexts()).map((text) =>
    text.replaceAll(/\s*\t\s*|\n+/g, " | "),
  );
const amounts = () =>
  page.getByRole("table", { name: "Transactions" }).locator("tbody td:nth-of-type(4)").allTextContents();

async function withoutJavaScript(work: (page: Page) => Promise<void>): Promise<void> {
  const plain = await browser.newContext({
    baseURL: server.url,
    javaScriptEnabled: false,
    storageState: await context.storageState(),
  });
  try {
    await work(await plain.newPage());
  } finally {
    await plain.close();
  }
}

describe("the tab Spending", () => {
  it("tells what an organization spent in a month by member, within four clicks", async () => {
    await visit(page, "/transactions");
    let clicks = 0;
    await page.getByRole("link", { name: "Spending", exact: true }).click();
    clicks++;
    await page.waitForURL(/tab=spending/);
    await page.getByLabel("Organization", { exact: true }).click();
    clicks++;
    await page.keyboard.type("law");
    await page.keyboard.press("Enter");
    await page.waitForURL(/organization=LAW/);
    await page.getByLabel("Month").selectOption(pastMonth.name);
    clicks += 2;
    await page.waitForURL(new RegExp(`period=${pastMonth.iso}`));
    await expect
      .poll(async () => (await texts()).map((text) => text.split(" | ").slice(0, 4)))
      .toEqual([
        ["Ana García", "ana@example.edu", "30", "80%"],
        ["Chloe Lim", "c.lim@example.edu", "7.5", "20%"],
        ["Total", "37.5", "100%", expect.anything()],
      ]);
    expect(clicks).toBeLessThanOrEqual(4);
    await expectAccessible(page);
  });

  it("leads from each amount to the entries that add up to it", async () => {
    await page.goto(`/transactions?tab=spending&by=organization&from=${dayBefore(4)}&to=${dayBefore(0)}`);
    await table()
      .getByRole("row", { name: "Faculty of Law" })
      .getByRole("link", { name: "4", exact: true })
      .click();
    await page.waitForURL(/organization=LAW/);
    expect(address()).toBe(
      `/transactions?from=${dayBefore(2)}&to=${dayBefore(2)}&organization=LAW&kind=spending`,
    );
    expect(await amounts()).toEqual(["4"]);
    await page.goBack();
    await table().locator("tfoot").getByRole("link", { name: "17", exact: true }).click();
    await page.waitForURL(/kind=spending/);
    expect(await amounts()).toEqual(["2", "1", "4", "10"]);
  });

  it.each([
    ["model", "No model"],
    ["key", "No API key"],
  ])("leads from what has no %s to exactly these entries", async (by, label) => {
    await page.goto(`/transactions?tab=spending&by=${by}&from=${dayBefore(4)}&to=${dayBefore(0)}`);
    await table()
      .locator("tbody")
      .getByRole("row", { name: label })
      .getByRole("link", { name: "17", exact: true })
      .click();
    await page.waitForURL(/kind=spending/);
    expect(address()).toBe(`/transactions?from=${dayBefore(4)}&to=${dayBefore(0)}&kind=spending&${by}=none`);
    expect(await amounts()).toEqual(["2", "1", "4", "10"]);
    await page.getByRole("link", { name: `Remove the filter ${label}` }).waitFor();
  });

  it("gives the table as a file", async () => {
    await page.goto(`/transactions?tab=spending&by=member&period=${pastMonth.iso}&per=month`);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Table as CSV" }).click(),
    ]);
    expect(
      readFileSync(await download.path(), "utf8")
        .replace("\uFEFF", "")
        .split("\r\n"),
    ).toEqual([
      `member,detail,total,${pastMonth.iso}`,
      "Ana García,ana@example.edu,30,30",
      "Chloe Lim,c.lim@example.edu,7.5,7.5",
      "(total),,37.5,37.5",
      "",
    ]);
  });

  it("is a tab of an organization's transactions too", async () => {
    await page.goto("/organizations/LAW/transactions");
    expect(await page.getByRole("navigation", { name: "View" }).getByRole("link").allTextContents()).toEqual([
      "List",
      "Spending",
    ]);
    await page.getByRole("navigation", { name: "View" }).getByRole("link", { name: "Spending" }).click();
    await page.waitForURL("**/organizations/LAW/transactions?tab=spending");
    await page.getByRole("link", { name: "Application", exact: true }).click();
    await expect
      .poll(async () => (await texts()).map((text) => text.split(" | ").slice(0, 2)))
      .toEqual([
        ["essay-coach", "47.5"],
        ["tutor", "4"],
        ["Total", "51.5"],
      ]);
    await page.getByRole("link", { name: "47.5", exact: true }).click();
    await page.waitForURL(/\/organizations\/LAW\/transactions\?application=\d+&kind=spending/);
    // Without the column of organizations.
    expect(
      await page
        .getByRole("table", { name: "Transactions" })
        .locator("tbody td:nth-of-type(3)")
        .allTextContents(),
    ).toEqual(["10", "7.5", "30"]);
  });

  it("works without JavaScript, and an address from before the tabs leads to it", async () => {
    await withoutJavaScript(async (plain) => {
      await plain.goto("/transactions?by=tag:faculty");
      expect(plain.url()).toBe(`${server.url}/transactions?tab=spending&by=tag:faculty`);
      await plain.getByRole("link", { name: "Member", exact: true }).click();
      await plain.getByLabel("Month").selectOption(pastMonth.name);
      await plain.getByLabel("Organization", { exact: true }).fill("faculty of law");
      await plain.getByRole("button", { name: "Apply" }).click();
      await plain.waitForURL(
        `${server.url}/transactions?tab=spending&period=${pastMonth.iso}&organization=LAW&by=member`,
      );
      expect((await texts(plain)).map((text) => text.split(" | ")[2])).toEqual(["30", "7.5", "100%"]);
      await plain.getByRole("link", { name: "7.5", exact: true }).first().click();
      await plain.waitForURL(/member=\d+&kind=spending/);
    });
  });
});

describe("the chart", () => {
  const bars = (of = page) => of.getByRole("list", { name: "Spent per day, as bars" }).getByRole("link");
  const tooltip = (of: Page, text: string) => of.locator("ol a > span", { hasText: text });

  beforeEach(async () => {
    await page.setViewportSize({ width: 1280, height: 900 });
    await visit(page, `/transactions?tab=spending&from=${dayBefore(4)}&to=${dayBefore(0)}`);
  });

  it("is one stop of the Tab key, goes from bar to bar by the arrow keys, and opens a day's entries by Enter", async () => {
    await bars().first().focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    const third = tooltip(page, `${written(dayBefore(2))}:`);
    await expect.poll(async () => (await third.boundingBox())?.width ?? 0).toBeGreaterThan(40);
    expect(await third.textContent()).toMatch(/: 5 credits /);
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.closest("ol"))).toBeNull();
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL(/kind=spending/);
    expect(address()).toBe(`/transactions?from=${dayBefore(2)}&to=${dayBefore(2)}&kind=spending`);
    expect(await amounts()).toEqual(["1", "4"]);
  });

  it("shows a tooltip under the pointer, and is as wide as the page at its edges", async () => {
    for (const bar of [bars().first(), bars().last()]) {
      await bar.hover();
      await expect.poll(async () => (await bar.locator("> span").boundingBox())?.width).toBeGreaterThan(40);
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
      ).toBeLessThanOrEqual(0);
    }
  });

  it("shows the tooltip by the first tap, and opens the entries by the second", async () => {
    const phone = await browser.newContext({
      baseURL: server.url,
      viewport: { width: 390, height: 800 },
      hasTouch: true,
      isMobile: true,
      storageState: await context.storageState(),
    });
    try {
      const touched = await phone.newPage();
      await touched.goto(`/transactions?tab=spending&from=${dayBefore(4)}&to=${dayBefore(0)}`);
      const first = bars(touched).first();
      await expect.poll(() => bars(touched).last().getAttribute("tabindex")).toBe("-1");
      await first.tap();
      await expect.poll(async () => (await first.locator("> span").boundingBox())?.width).toBeGreaterThan(40);
      expect(touched.url()).toContain("tab=spending");
      await first.tap();
      await touched.waitForURL(/kind=spending/);
    } finally {
      await phone.close();
    }
  });

  it.each([320, 360, 390, 480, 640, 768, 800, 900, 1024, 1280, 1920])(
    "has labels that do not overlap at %i pixels, by day, week and month",
    async (width) => {
      await page.setViewportSize({ width, height: 900 });
      for (const query of [
        `period=${pastMonth.iso}`,
        `from=${dayBefore(100)}&to=${dayBefore(0)}&per=week`,
        "period=12-months&per=month",
      ]) {
        await page.goto(`/transactions?tab=spending&${query}`);
        const boxes = await page.locator("svg text").evaluateAll((all) =>
          all
            .filter((one) => one.checkVisibility())
            .map((one) => one.getBoundingClientRect())
            .map(({ left, right }) => [left, right] as const),
        );
        expect(boxes.length).toBeGreaterThanOrEqual(2);
        for (const [index, [left]] of boxes.entries()) {
          expect(left, `${query} at ${width}`).toBeGreaterThan(boxes[index - 1]?.[1] ?? -1);
        }
        expect(boxes.at(-1)?.[1]).toBeLessThanOrEqual(width);
      }
    },
  );

  it("has words in place of empty axes", async () => {
    await page.goto("/transactions?tab=spending&from=2020-01-01&to=2020-01-31");
    await page.getByRole("heading", { name: "Nothing was spent" }).waitFor();
    expect(await page.locator("main ol.bars").count()).toBe(0);
  });
});

describe("the list", () => {
  it("opens an entry by a click in its row, but not while text is selected or with a modifier", async () => {
    await visit(page, "/transactions?kind=spend");
    const row = page.getByRole("table", { name: "Transactions" }).locator("tbody tr").first();
    const cell = row.locator("td:nth-of-type(4)");
    await cell.click({ modifiers: ["Shift"] });
    await page.evaluate(() =>
      getSelection()?.selectAllChildren(document.querySelector("tbody tr td") as Node),
    );
    await cell.dispatchEvent("click");
    expect(address()).toBe("/transactions?kind=spend");
    await page.evaluate(() => getSelection()?.removeAllRanges());
    await cell.click();
    await page.waitForURL(/\/transactions\/\d+$/);
  });

  it("finds an entry by its number, unless the number is an external id", async () => {
    await visit(page, "/transactions");
    await page.getByLabel("External id").fill("#1");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/transactions/1");
    await page.goto("/transactions?externalId=777");
    expect(await amounts()).toEqual(["2"]);
  });

  it("finds a member by a part of the name, and takes the only one", async () => {
    await visit(page, "/transactions");
    await page.getByLabel("Member").fill("lim");
    await page.keyboard.press("Enter");
    await page.waitForURL(/member=\d+$/);
    expect(await page.getByLabel("Member").inputValue()).toBe("c.lim@example.edu");
    await page.goto("/transactions?member=example.edu");
    await page.getByText("No member has the email example.edu.").waitFor();
    await page.getByRole("link", { name: "Bo Li (bo@example.edu)" }).click();
    await page.waitForURL(/member=\d+$/);
    expect(await amounts()).toEqual(["4"]);
  });

  it("keeps what was chosen on a slow line, and applies the next choice with it", async () => {
    await visit(page, "/transactions");
    const { promise: bothAreChosen, resolve: answer } = Promise.withResolvers<void>();
    await page.route(/\/transactions\?/, async (route) => {
      await bothAreChosen;
      await route.continue();
    });
    try {
      await page.getByLabel("Kind").selectOption("Spend");
      expect(await page.getByLabel("Kind").inputValue()).toBe("spend");
      await page.getByLabel("Month").selectOption(pastMonth.name);
      answer();
      expect(await page.getByLabel("Kind").inputValue()).toBe("spend");
      await page.waitForURL(`**/transactions?period=${pastMonth.iso}&kind=spend`);
      await expect.poll(amounts).toEqual(["7.5", "30"]);
    } finally {
      answer();
      await page.unroute(/\/transactions\?/);
    }
  });

  it("takes days as the enterprise writes them, also without JavaScript", async () => {
    await visit(page, "/transactions");
    await page.getByLabel("From").fill(written(dayBefore(2)));
    await page.waitForURL(`**/transactions?from=${dayBefore(2)}`);
    await withoutJavaScript(async (plain) => {
      await plain.goto("/transactions");
      await plain.getByLabel("From").fill(written(dayBefore(2)));
      await plain.getByRole("button", { name: "Apply" }).click();
      await plain.waitForURL(`${server.url}/transactions?from=${dayBefore(2)}`);
      expect(await plain.getByLabel("From").inputValue()).toBe(written(dayBefore(2)));
    });
  });
});

it("left no complaint in the browser's console", () => {
  expect(errors).toEqual([]);
});
