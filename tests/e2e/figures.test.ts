import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { collectConsoleErrors, expectAccessible, launchBrowser, signIn } from "#tests/support/browser.ts";
import { aCreditType, anOrganization, credits, operator, spent, value } from "#tests/support/builders.ts";
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
const NOW = Date.now();
/** "2026-11-22": that many days before today, in UTC. */
const dayBefore = (days: number) => new Date(NOW - days * DAY_MS).toISOString().slice(0, 10);
/** "22/11/2026" */
const written = (day: string) => day.split("-").reverse().join("/");

/**
 * 16 credits spent on three days by three organizations of two credit types, and an organization whose balance is the
 * largest there may be, less one micro-credit.
 */
async function fill(): Promise<void> {
  value(await createPortalUser({ email: OWNER, role: "owner", password: PASSWORD }, operator));
  await makeSmallEnterprise();
  const euro = await aCreditType({ name: "EUR Credits", currency: "EUR", available: credits(10) });
  await anOrganization({
    name: "Faculty of Science",
    code: "SCI",
    creditType: euro,
    balance: credits(10),
    members: ["cy@example.edu"],
  });
  const largest = credits(1_000_000_000_000) - 1n;
  const pool = await aCreditType({ name: "National Credits", currency: "SGD", available: largest });
  await anOrganization({ name: "Ministry", code: "BIG", creditType: pool, balance: largest });
  for (const [id, organization, member, application, amount, at] of [
    ["req-1", "LAW", "ana@example.edu", "essay-coach", 10_500_000n, `${dayBefore(3)}T20:05:00Z`],
    ["req-2", "LAW", "bo@example.edu", "tutor", 4_000_000n, `${dayBefore(2)}T10:00:00Z`],
    ["req-3", "ART", "ana@example.edu", "essay-coach", 1_000_000n, `${dayBefore(2)}T11:00:00Z`],
    ["req-4", "SCI", "cy@example.edu", "tutor", 500_000n, `${dayBefore(1)}T10:00:00Z`],
  ] as const) {
    const event = { id, organization, member, application, credits: amount, occurredAt: new Date(at) };
    await spent({ ...event, ...(id === "req-1" && { metadata: '{"model":"gpt-4o"}' }) });
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
const metric = (label: string) =>
  page.locator("dl > div", { has: page.locator("dt", { hasText: label }) }).locator("dd");
const exact = (label: string) => metric(label).locator("[title]").first().getAttribute("title");
const rows = () => page.getByRole("table", { name: "Transactions" }).locator("tbody tr");
const suggestions = () =>
  page.getByRole("listbox", { name: "Suggestions" }).getByRole("option").allTextContents();

describe("organizations", () => {
  it("has four metrics over everything, whatever the filter, exact at 10^12", async () => {
    for (const url of ["/organizations", "/organizations?q=law&status=inactive", "/organizations?type=1"]) {
      await page.goto(url);
      const texts = await page.getByRole("region", { name: "Metrics", exact: true }).textContent();
      for (const text of [
        "4 organizations (4 active)",
        "0 inactive",
        "4 total members",
        "1,000,000,001,994 total credits balance",
        "16 total spent credits",
      ]) {
        expect([url, texts]).toEqual([url, expect.stringContaining(text)]);
      }
    }
    expect(await exact("Total Credits Balance")).toBe("1,000,000,001,993.999999");
    expect(await exact("Total Spent Credits")).toBe("16");
    await page.getByText("By credit type").click();
    const table = page.getByRole("region", { name: "Metrics", exact: true }).getByRole("table");
    expect(await table.locator("tbody tr").allInnerTexts()).toEqual([
      "EUR Credits\t1\t1\t1\t9.5\t0.5",
      "JPY Credits\t2\t2\t3\t1,984.5\t15.5",
      "National Credits\t1\t1\t0\t999,999,999,999.999999\t0",
    ]);
  });

  it("shows the largest balance to the digit on its card, its page and in the export", async () => {
    await page.goto("/organizations?q=ministry");
    expect(await metric("Credit Balance").last().textContent()).toBe("999,999,999,999.999999");
    await page.goto("/organizations/BIG");
    expect(await page.getByRole("main").textContent()).toContain("999,999,999,999.999999");
  });

  it("keeps balance and history of an organization that is deactivated and activated again", async () => {
    const state = async () => {
      await page.goto("/organizations?q=LAW");
      const card = page.getByRole("article");
      const figures = await card.locator("dl > div").allTextContents();
      await page.goto("/transactions?organization=LAW");
      return [figures, await rows().count()];
    };
    const before = await state();
    expect(before).toEqual([
      [
        "Members2",
        "Credit Balance985.5",
        expect.stringMatching(/^Worth/),
        expect.stringMatching(/^Runs out/),
        "Total Spent Credits14.5",
        expect.stringMatching(/^Spent in money/),
        "Spent 30 d14.5",
        expect.stringMatching(/^Credit Type/),
        "Monthly Allowance per Member1,000 credits",
      ],
      3,
    ]);
    await page.goto("/organizations?q=LAW");
    await page.getByRole("button", { name: "Actions for Faculty of Law" }).click();
    await page.getByRole("button", { name: "Deactivate Faculty of Law" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click();
    await page.getByText("1 organization was deactivated.").waitFor();
    expect(await state()).toEqual(before);
    await page.goto("/organizations?q=LAW");
    expect(await page.getByRole("article").textContent()).toContain("Inactive");
    await page.getByRole("button", { name: "Actions for Faculty of Law" }).click();
    await page.getByRole("button", { name: "Activate Faculty of Law" }).click();
    await page.getByText("1 organization was activated.").waitFor();
    expect(await state()).toEqual(before);
  });
});

describe("transactions", () => {
  const range = () => `from=${dayBefore(3)}&to=${dayBefore(1)}`;
  beforeEach(async () => {
    await page.goto(`/transactions?${range()}`);
  });

  it("shows metrics, the chart's table and the split by each part of the days in the address", async () => {
    await page.goto(`/transactions?tab=spending&${range()}`);
    expect(await metric("Spent").first().textContent()).toBe("16 creditsover 3 days");
    expect(await metric("Per day").textContent()).toBe("5.333333 credits");
    await page.getByText("Show as table").click();
    expect(
      await page.getByRole("table", { name: "Spent per day" }).locator("tbody tr").allTextContents(),
    ).toEqual([`${written(dayBefore(3))}10.5`, `${written(dayBefore(2))}5`, `${written(dayBefore(1))}0.5`]);
    const split = async (by: string) => {
      await page.getByRole("navigation", { name: "Group by" }).getByRole("link", { name: by }).click();
      const table = page.getByRole("table", { name: `Spent by ${by.toLowerCase()}` });
      await table.waitFor();
      return [
        ...(await table.locator("tbody tr").allInnerTexts()),
        ...(await table.locator("tfoot tr").allInnerTexts()),
      ].map((text) => text.replaceAll(/\s*\t\s*|\n+/g, " | "));
    };
    expect(await split("Organization")).toEqual([
      "Faculty of Law | LAW | 14.5 | 90.6% | 10.5 | 4 | –",
      "École des Beaux-Arts | ART | 1 | 6.3% | – | 1 | –",
      "Faculty of Science | SCI | 0.5 | 3.1% | – | – | 0.5",
      "Total | 16 | 100% | 10.5 | 5 | 0.5",
    ]);
    expect(await split("Application")).toEqual([
      "essay-coach | 11.5 | 71.9% | 10.5 | 1 | –",
      "tutor | 4.5 | 28.1% | – | 4 | 0.5",
      "Total | 16 | 100% | 10.5 | 5 | 0.5",
    ]);
    expect(await split("Credit type")).toEqual([
      "JPY Credits | JPY | 15.5 | 96.9% | 10.5 | 5 | –",
      "EUR Credits | EUR | 0.5 | 3.1% | – | – | 0.5",
      "Total | 16 | 100% | 10.5 | 5 | 0.5",
    ]);
    expect(await split("Member")).toEqual([
      "Ana García | ana@example.edu | 11.5 | 71.9% | 10.5 | 1 | –",
      "Bo Li | bo@example.edu | 4 | 25% | – | 4 | –",
      "cy | cy@example.edu | 0.5 | 3.1% | – | – | 0.5",
      "Total | 16 | 100% | 10.5 | 5 | 0.5",
    ]);
    await expectAccessible(page);
  });

  it("lists the entries of the range, newest first, each with its instant", async () => {
    expect(await rows().locator("td:nth-of-type(4)").allTextContents()).toEqual(["0.5", "1", "4", "10.5"]);
    const times = rows().locator("time");
    expect(await times.last().getAttribute("datetime")).toBe(`${dayBefore(3)}T20:05:00.000Z`);
    expect(await times.last().textContent()).toBe(`${written(dayBefore(3))} 20:05`);
  });

  it("filters by what is chosen, in the address alone, and Back undoes it", async () => {
    await page.getByRole("combobox", { name: "Application" }).pressSequentially("tu");
    await expect.poll(suggestions).toEqual(["tutor"]);
    await page.keyboard.press("Enter");
    await page.waitForURL(/application=\d+/);
    expect(await page.getByRole("combobox", { name: "Application" }).inputValue()).toBe("tutor");
    await expect.poll(() => rows().locator("td:nth-of-type(4)").allTextContents()).toEqual(["0.5", "4"]);
    expect(await metric("Spent").first().textContent()).toBe("4.5 creditsover 3 days");
    await page.getByRole("combobox", { name: "Credit type" }).selectOption({ label: "EUR Credits" });
    await page.waitForURL(/type=\d+/);
    await expect.poll(() => rows().count()).toBe(1);
    await page.goBack();
    await expect.poll(() => rows().count()).toBe(2);
    await page.getByRole("link", { name: "Spending", exact: true }).click();
    await page
      .getByRole("table", { name: "Spent by organization" })
      .getByRole("row", { name: "Faculty of Law" })
      .getByRole("link", { name: "4", exact: true })
      .first()
      .click();
    await page.waitForURL(/organization=LAW/);
    await expect.poll(() => rows().locator("td:nth-of-type(4)").allTextContents()).toEqual(["4"]);
    await page.goto("/transactions?kind=purchase");
    expect(await rows().count()).toBe(3);
  });

  it("suggests members while somebody types, and puts the choice into the address by its id", async () => {
    await page.getByLabel("Member").pressSequentially("an");
    await expect.poll(suggestions).toEqual(["Ana García ana@example.edu"]);
    // By a part of a name, and without its accent.
    await page.getByLabel("Member").fill("garcia");
    await expect.poll(suggestions).toEqual(["Ana García ana@example.edu"]);
    await expectAccessible(page);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL(/member=\d+/);
    expect(await page.getByLabel("Member").inputValue()).toBe("ana@example.edu");
    await expect.poll(() => rows().locator("td:nth-of-type(4)").allTextContents()).toEqual(["1", "10.5"]);
  });

  it("filters by the model of the metadata, which it suggests, also without JavaScript", async () => {
    await page.getByRole("combobox", { name: "Model" }).pressSequentially("gp");
    await expect.poll(suggestions).toEqual(["gpt-4o"]);
    await page.getByRole("combobox", { name: "Model" }).fill("gpt-4o");
    await page.keyboard.press("Enter");
    await page.waitForURL(/model=gpt-4o$/);
    await expect.poll(() => rows().locator("td:nth-of-type(4)").allTextContents()).toEqual(["10.5"]);
    expect(await metric("Spent").first().textContent()).toBe("11 creditsover 3 days");
    await expectAccessible(page);
    const plain = await browser.newContext({
      baseURL: server.url,
      javaScriptEnabled: false,
      storageState: await context.storageState(),
    });
    try {
      const form = await plain.newPage();
      await form.goto("/transactions");
      await form.getByRole("combobox", { name: "Model" }).fill("gpt-4o");
      await form.getByRole("button", { name: "Apply" }).click();
      await form.waitForURL(`${server.url}/transactions?model=gpt-4o`);
      const list = form.getByRole("table", { name: "Transactions" }).locator("tbody tr");
      await expect.poll(() => list.count()).toBe(1);
    } finally {
      await plain.close();
    }
  });

  it("redirects an address with email, name and empty fields to the canonical one", async () => {
    await page.goto("/transactions?member=bo@example.edu&organization=faculty+of+law&kind=&application=");
    expect(address()).toMatch(/^\/transactions\?organization=LAW&member=\d+$/);
    expect(await rows().locator("td:nth-of-type(4)").allTextContents()).toEqual(["4"]);
    await page.goto("/transactions?member=bo&organization=LAW");
    expect(address()).toMatch(/^\/transactions\?organization=LAW&member=\d+$/);
  });

  it("finds an application by its name without JavaScript, and offers those that may be meant", async () => {
    const plain = await browser.newContext({
      baseURL: server.url,
      javaScriptEnabled: false,
      storageState: await context.storageState(),
    });
    try {
      const form = await plain.newPage();
      const list = form.getByRole("table", { name: "Transactions" }).locator("tbody tr");
      await form.goto("/transactions");
      await form.getByRole("combobox", { name: "Application" }).fill("TUTOR");
      await form.getByRole("button", { name: "Apply" }).click();
      await form.waitForURL(/\/transactions\?application=\d+$/);
      expect(await form.getByRole("combobox", { name: "Application" }).inputValue()).toBe("tutor");
      expect(await list.locator("td:nth-of-type(4)").allTextContents()).toEqual(["0.5", "4"]);
      await form.goto("/organizations/LAW/transactions?application=t");
      expect(form.url()).toMatch(/\/organizations\/LAW\/transactions\?application=\d+$/);
      await form.goto("/transactions?application=o");
      await form.getByText("No application has the name o. Did you mean:").waitFor();
      expect(await form.getByRole("combobox", { name: "Application" }).inputValue()).toBe("o");
      expect(await list.count()).toBe(0);
      await form.getByRole("link", { name: "essay-coach" }).click();
      await expect.poll(() => list.locator("td:nth-of-type(4)").allTextContents()).toEqual(["1", "10.5"]);
      await form.goto("/transactions?application=nothing-like-it");
      await form.getByText("No application has the name nothing-like-it.", { exact: true }).waitFor();
      await form.goto("/transactions?application=999");
      await form.getByText("There is no such application.").waitFor();
    } finally {
      await plain.close();
    }
  });

  it("exports the filtered view as CSV", async () => {
    await page.goto(`/transactions?${range()}&organization=LAW`);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Export CSV" }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^transactions-\d{4}-\d\d-\d\d\.csv$/);
    const exported: Record<string, string>[] = parse(readFileSync(await download.path()), {
      bom: true,
      columns: true,
    });
    expect(
      exported.map(({ organization, member, application, credits }) => [
        organization,
        member,
        application,
        credits,
      ]),
    ).toEqual([
      ["LAW", "bo@example.edu", "tutor", "4"],
      ["LAW", "ana@example.edu", "essay-coach", "10.5"],
    ]);
  });

  it("reverses an entry once, after asking, and shows both", async () => {
    await rows().filter({ hasText: "Bo Li" }).locator("time").click();
    await page.getByRole("heading", { level: 1, name: /^Transaction #\d+/ }).waitFor();
    const entry = address();
    await page.getByRole("link", { name: "Reverse", exact: true }).click();
    await page.getByText("4 credits will go back to Faculty of Law and to the").waitFor();
    await page.getByLabel("Reason").fill("x".repeat(201));
    await page.getByRole("button", { name: "Reverse" }).click();
    await page.getByText("At most 200 characters.").waitFor();
    expect(await page.getByLabel("Reason").inputValue()).toBe("x".repeat(201));
    await expectAccessible(page);
    await page.getByLabel("Reason").fill("charged twice");
    await page.getByRole("button", { name: "Reverse" }).click();
    await page.getByText("charged twice").waitFor();
    await page.goto(entry);
    await page.getByText("Reversed by").waitFor();
    expect(await page.getByRole("link", { name: "Reverse", exact: true }).count()).toBe(0);
    await page.goto(`${entry}/reverse`);
    expect(address()).toBe(entry);
    await page.goto(`/transactions?${range()}&organization=LAW`);
    expect(await rows().locator("td:nth-of-type(4)").allTextContents()).toEqual(["−4", "4", "10.5"]);
    expect(await metric("Spent").first().textContent()).toBe("11 credits= ¥11 over 3 days");
    await page.goto("/organizations/LAW");
    expect(await page.getByRole("main").textContent()).toContain("989.5");
  });
});

describe("the enterprise's calendar", () => {
  it("writes every date in its format and zone, and keeps the instant in the markup", async () => {
    await page.goto("/settings");
    await page.getByLabel("Time zone").selectOption("Asia/Tokyo");
    await page.getByLabel("Date format").selectOption("YYYY-MM-DD");
    const form = page.locator("form", { has: page.getByLabel("Time zone") });
    await form.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Settings were saved.").waitFor();
    // 20:05 in UTC is 05:05 of the next day in Tokyo.
    await page.goto("/transactions?application=1");
    const times = rows().locator("time");
    expect(await times.last().textContent()).toBe(`${dayBefore(2)} 05:05`);
    expect(await times.last().getAttribute("datetime")).toBe(`${dayBefore(3)}T20:05:00.000Z`);
    await page.goto("/organizations?q=LAW");
    const created = page.getByRole("article").locator("time");
    const instant = new Date((await created.getAttribute("datetime")) ?? "");
    const tokyo = new Date(instant.getTime() + 9 * 3_600_000).toISOString().slice(0, 10);
    expect(Math.abs(instant.getTime() - NOW)).toBeLessThan(600_000);
    expect(await page.getByRole("article").locator("footer").textContent()).toContain(`Created ${tokyo}`);
  });
});

describe("merging applications", () => {
  it("shows what it would do, and afterwards one application in place of two", async () => {
    await page.goto("/transactions/applications");
    await page.getByRole("link", { name: "tutor" }).click();
    await page.getByRole("link", { name: "Merge into another application" }).click();
    await page.getByLabel("Name of the other application").fill("no-such");
    await page.getByRole("button", { name: "Preview" }).click();
    await page.getByText("No application, or more than one, has the name no-such.").waitFor();
    expect(await page.getByLabel("Name of the other application").inputValue()).toBe("no-such");
    await expectAccessible(page);
    await page.getByLabel("Name of the other application").fill("essay");
    await page.getByRole("button", { name: "Preview" }).click();
    await page.getByText("New events that name tutor count for essay-coach.").waitFor();
    expect(await metric("Spent in total").allTextContents()).toEqual(["0.5", "11.5"]);
    await expectAccessible(page);
    await page.getByRole("button", { name: "Merge", exact: true }).click();
    await page.getByText("tutor was merged into essay-coach.").waitFor();
    await page.goto("/transactions?application=tutor");
    expect(address()).toMatch(/^\/transactions\?application=\d+$/);
    expect(await page.getByRole("combobox", { name: "Application" }).inputValue()).toBe("essay-coach");
    expect(await metric("Spent").first().textContent()).toContain("12 credits");
    await rows().last().locator("time").click();
    await page.getByRole("heading", { level: 1, name: /^Transaction #\d+/ }).waitFor();
    await page.goto("/transactions?application=tutor&externalId=req-4");
    await rows().first().locator("time").click();
    await page.getByText("recorded as tutor").waitFor();
  });

  it("leads to the entry before and after in the organization, and copies what programs need", async () => {
    const entry = address();
    await page.getByRole("navigation", { name: /^Other transactions of / }).waitFor();
    await page.getByRole("link", { name: "← Newer transaction" }).click();
    await page.waitForURL((url) => url.pathname !== entry);
    await page.getByRole("link", { name: "Older → transaction" }).click();
    await page.waitForURL(`**${entry}`);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy the external id" }).click();
    await page.getByRole("button", { name: "Copied the external id" }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("req-4");
    await expectAccessible(page);
  });
});

it("left no complaint in the browser's console", () => {
  expect(errors).toEqual([]);
});
