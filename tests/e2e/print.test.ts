import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { collectConsoleErrors, expectAccessible, launchBrowser, signIn } from "#tests/support/browser.ts";
import {
  aCreditType,
  aGrant,
  aMember,
  anOrganization,
  credits,
  operator,
  spent,
  spentTogether,
  value,
} from "#tests/support/builders.ts";
import { inDatabase, makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { pdfPages } from "#tests/support/pdf.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

const READER = "reader@example.edu";
const directory = makeTemporaryDirectory();
let server: TestServer;
let browser: Browser;
let page: Page;
let errors: string[];

/** 30 organizations, which fit on one page of the list but for 6; 2,004 spends of one member, and 1 of another. */
async function fill(): Promise<void> {
  value(await createPortalUser({ email: OWNER, role: "owner", password: PASSWORD }, operator));
  const creditType = await aCreditType({
    name: "SGD Credits",
    currency: "SGD",
    available: credits(1_000_000),
  });
  for (let n = 1; n <= 30; n++) {
    const code = `ORG-${String(n).padStart(2, "0")}`;
    await anOrganization({ code, name: `School ${code}`, creditType, balance: credits(3_000 + n) });
  }
  await aMember(1, { email: "ana@example.edu", name: "Ana García" });
  await aMember(2, { email: "bo@example.edu", name: "Bo Li" });
  const now = new Date();
  const event = { organization: "ORG-01", member: "ana@example.edu", occurredAt: now };
  for (let batch = 0; batch < 12; batch++) {
    await spentTogether(
      Array.from({ length: 167 }, () => event),
      now,
    );
  }
  await spent({ organization: "ORG-02", member: "bo@example.edu", credits: credits(7), occurredAt: now });
  const reader = value(
    await createPortalUser({ email: READER, role: "viewer", password: PASSWORD }, operator),
  );
  database().$client.prepare("DELETE FROM portal_user_grants WHERE portal_user_id = ?").run(reader.id);
  await aGrant(reader, "viewer", { organizationId: 2 });
}

beforeAll(async () => {
  await inDatabase(directory, fill);
  server = await startServer({ directory });
  browser = await launchBrowser();
  page = await newPage(OWNER);
  errors = collectConsoleErrors(page);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  removeDirectory(directory);
});

/** A page of a signed-in browser of its own, in which `window.print` counts its calls. */
async function newPage(email: string, { javaScriptEnabled = true } = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled });
  await context.addInitScript(() => {
    Object.assign(window, { printed: 0 });
    window.print = () => {
      Object.assign(window, { printed: Number(Reflect.get(window, "printed")) + 1 });
    };
  });
  const created = await context.newPage();
  await signIn(created, email, PASSWORD);
  return created;
}

const rows = (of = page) => of.locator("tbody tr");
const heading = (text: string, of = page) => of.getByRole("heading", { name: text, exact: true });
const prints = (of = page) => of.evaluate(() => Number(Reflect.get(window, "printed")));

describe("a printed list", () => {
  it("has all organizations of the view, its filters, its figures and no navigation", async () => {
    await page.goto("/organizations?q=school&sort=name&status=active&page=2");
    await page.getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("link", { name: "Print", exact: true }).click();
    await page.waitForURL(/print=1/);
    expect(page.url().replace(server.url, "")).toBe(
      "/organizations?q=school&status=active&sort=name&print=1",
    );
    await heading("Organizations").waitFor();
    await heading("30 organizations").waitFor();
    await expect.poll(() => rows().count()).toBe(30);
    expect(await rows().first().locator("th").textContent()).toBe("School ORG-01ORG-01");
    expect(await page.locator("article > header dl").textContent()).toMatch(
      /^FiltersActive · Name or code has “school”OrderName A to ZAs of\d.*, UTC$/,
    );
    expect(await page.getByRole("region", { name: "Metrics" }).textContent()).toContain(
      "Total Credits Balance88,454",
    );
    for (const role of ["navigation", "search", "checkbox", "textbox", "combobox"] as const) {
      expect(await page.getByRole(role).count(), role).toBe(0);
    }
    // The button comes with the page's script.
    await expect.poll(() => page.getByRole("button").allTextContents()).toEqual(["Print"]);
    expect(await page.getByRole("banner").count()).toBe(0);
    await expect.poll(() => prints()).toBe(1);
    await page.getByRole("button", { name: "Print", exact: true }).click();
    expect(await prints()).toBe(2);
    await page.getByRole("link", { name: "Back to the list" }).click();
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    expect(errors).toEqual([]);
  });

  it("is cut at 2,000 rows, and tells it", async () => {
    await page.goto("/transactions?member=1");
    await page.getByRole("link", { name: "Print", exact: true }).click();
    await heading("The first 2,000 of 2,004 transactions").waitFor();
    await page.getByText("“Export CSV” on the list has all of them.").waitFor();
    // The heading is on screen while the rows still arrive.
    await expect.poll(() => rows().count()).toBe(2_000);
    expect(await page.locator("article > header dl").textContent()).toMatch(
      /^FiltersMember Ana García \(ana@example.edu\)OrderNewest first/,
    );
    await page.goto("/transactions?member=2&print=1");
    await heading("1 transaction").waitFor();
    expect(await rows().first().locator("td").allTextContents()).toEqual([
      "Bo Libo@example.edu",
      "School ORG-02ORG-02",
      "essay-coach",
      "7= S$7.00",
      "SGD Credits",
      "Spend",
    ]);
    // A name, as a form without JavaScript sends it, leads to the person, still to be printed.
    await page.goto("/transactions?member=bo@example.edu&print=1");
    expect(page.url().replace(server.url, "")).toBe("/transactions?member=2&print=1");
    await page.goto("/transactions?kind=purchase&member=1&print=1");
    await heading("No transactions").waitFor();
  });

  it.each([
    ["/organizations/ORG-02/transactions", "Transactions of School ORG-02 (ORG-02)", "2 transactions"],
    ["/organizations/ORG-02/members", "Members of School ORG-02 (ORG-02)", "1 member"],
    ["/members?q=bo", "Members", "1 person"],
    ["/audit?action=organization.created&q=ORG-03", "Audit", "1 change"],
  ])("of %s", async (path, title, count) => {
    await page.goto(path);
    await page.getByRole("link", { name: "Print", exact: true }).click();
    await heading(title).waitFor();
    await heading(count).waitFor();
    expect(await page.getByRole("navigation").count()).toBe(0);
    await expectAccessible(page);
    expect(errors).toEqual([]);
  });

  it("has what is in the user's scope", async () => {
    const reader = await newPage(READER);
    for (const [path, count] of [
      ["/organizations?print=1", "1 organization"],
      ["/members?print=1", "1 person"],
      ["/transactions?print=1", "2 transactions"],
    ] as const) {
      await reader.goto(path);
      await heading(count, reader).waitFor();
      expect(await reader.content()).not.toContain("ORG-01");
    }
    const outside = await reader.goto("/organizations/ORG-01/transactions?print=1");
    expect(outside?.status()).toBe(404);
    await reader.context().close();
  });

  it("is a plain page without JavaScript, and signing in leads to it", async () => {
    const plain = await newPage(OWNER, { javaScriptEnabled: false });
    await plain.goto("/organizations?sort=name");
    await plain.getByRole("button", { name: "More", exact: true }).click();
    await plain.getByRole("link", { name: "Print", exact: true }).click();
    await heading("30 organizations", plain).waitFor();
    expect(await plain.getByRole("button").count()).toBe(0);
    // React renders the rows in pieces of 100. Without a script, nothing moves to where it belongs.
    await plain.goto("/transactions?member=1&print=1");
    const numbers = await rows(plain).locator("th small:visible").allTextContents();
    expect(numbers).toHaveLength(2_000);
    expect(numbers).toEqual([...numbers].sort((one, other) => Number(other.slice(1)) - Number(one.slice(1))));
    await plain.context().clearCookies();
    await plain.goto("/members?q=bo&print=1");
    await signIn(plain, OWNER, PASSWORD);
    expect(plain.url().replace(server.url, "")).toBe("/members?q=bo&print=1");
    await plain.context().close();
  });

  it.each(["light", "dark"] as const)("is A4 in black on white, with the %s look", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await page.goto("/transactions?member=1&print=1");
    await heading("The first 2,000 of 2,004 transactions").waitFor();
    await page.emulateMedia({ colorScheme, media: "print" });
    const look = await page.evaluate(() => {
      const style = (selector: string) => getComputedStyle(document.querySelector(selector) ?? document.body);
      return {
        background: style("body").backgroundColor,
        ink: style("tbody td").color,
        repeats: style("thead").display,
        links: style("article > p").display,
        overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      };
    });
    expect(look).toEqual({
      background: "rgb(255, 255, 255)",
      ink: "rgb(23, 24, 28)",
      repeats: "table-header-group",
      links: "none",
      overflow: 0,
    });
    const pages = pdfPages(await page.pdf({ preferCSSPageSize: true }));
    expect(pages[0]).toEqual({ width: 297, height: 210 });
    // 2,000 rows of two lines.
    expect(pages.length).toBeGreaterThan(60);
    expect(pages.length).toBeLessThan(125);
    await page.emulateMedia({ colorScheme: null, media: null });
  });
});
