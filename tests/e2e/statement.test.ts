import path from "node:path";
import Database from "better-sqlite3";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { addMonths, firstDay, formatMonth, isoMonth, lastDay, monthOf } from "#lib/calendar.ts";
import { currencyOf } from "#lib/credit-types/rules.ts";
import { formatCredits } from "#lib/credits.ts";
import { DEMO_TIME_ZONE } from "#lib/demo/enterprise.ts";
import { moneyText } from "#lib/money.ts";
import { dayOf } from "#lib/time.ts";
import { collectConsoleErrors, expectAccessible, launchBrowser, signIn } from "#tests/support/browser.ts";
import { leaveTimeInDay } from "#tests/support/clock.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { pdfPages } from "#tests/support/pdf.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

const READER = "reader@example.edu";
const directory = makeTemporaryDirectory();
await leaveTimeInDay(DEMO_TIME_ZONE.name);
const month = addMonths(monthOf(dayOf(new Date(), DEMO_TIME_ZONE.name)), -1);
const address = `/organizations/ENG/statement?month=${isoMonth(month)}`;
let server: TestServer;
let browser: Browser;
let page: Page;
let errors: string[];

beforeAll(async () => {
  server = await startServer({ directory });
  server.bursar("demo");
  server.bursar("user", "create", OWNER, "--role", "owner", "--password", PASSWORD);
  server.bursar(
    "user",
    "create",
    READER,
    "--role",
    "viewer",
    "--organization",
    "BUS",
    "--password",
    PASSWORD,
  );
  browser = await launchBrowser();
  page = await newPage(OWNER);
  errors = collectConsoleErrors(page);
}, 120_000);

// A test that fails while it prints would hide from the tests after it what a sheet does not show.
afterEach(() => page.emulateMedia({ colorScheme: null, media: null }));

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  removeDirectory(directory);
});

async function newPage(email: string, { javaScriptEnabled = true } = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled });
  const created = await context.newPage();
  await signIn(created, email, PASSWORD);
  return created;
}

/** Sums of the ledger of ENG, as text: made from the entries alone, and not from any counter. */
function ledger() {
  const db = new Database(path.join(directory, "bursar.sqlite"), { readonly: true });
  db.defaultSafeIntegers(true);
  const sum = (what: string, where: string) =>
    db
      .prepare<[], bigint>(
        `SELECT coalesce(sum(${what}), 0) FROM ledger_entries
          WHERE organization_id = (SELECT id FROM organizations WHERE code = 'ENG') AND ${where}`,
      )
      .pluck()
      .get() ?? 0n;
  const signed = `CASE WHEN credit_account = 'organization' THEN amount
    WHEN debit_account = 'organization' THEN -amount ELSE 0 END`;
  const within = `day BETWEEN ${firstDay(month)} AND ${lastDay(month)}`;
  const byMember = db
    .prepare<[], { name: string; email: string; total: bigint }>(
      `SELECT m.name, m.email, -sum(${signed}) AS total FROM ledger_entries e
        JOIN memberships ms ON ms.id = e.membership_id JOIN members m ON m.id = ms.member_id
        WHERE e.organization_id = (SELECT id FROM organizations WHERE code = 'ENG') AND ${within}
        GROUP BY m.id HAVING total <> 0 ORDER BY total DESC, m.id`,
    )
    .all();
  const figures = {
    opening: sum(signed, `day < ${firstDay(month)}`),
    added: sum(signed, `${within} AND kind = 'allocation'`),
    returned: sum(signed, `${within} AND kind = 'return'`),
    spent: sum(signed, `${within} AND membership_id IS NOT NULL`),
    closing: sum(signed, `day <= ${lastDay(month)}`),
    balance: sum(signed, "1"),
  };
  db.close();
  return { ...figures, byMember };
}

/** The credit type of ENG, with its present rate. */
function creditTypeOfEng() {
  const db = new Database(path.join(directory, "bursar.sqlite"), { readonly: true });
  db.defaultSafeIntegers(true);
  const type = db
    .prepare<[], { id: bigint; exchange_rate: bigint; currency: string }>(
      "SELECT t.* FROM credit_types t JOIN organizations o ON o.credit_type_id = t.id WHERE o.code = 'ENG'",
    )
    .get();
  db.close();
  if (!type) throw new Error("ENG has no credit type");
  return { id: type.id, rate: type.exchange_rate, currency: currencyOf(type.currency) };
}

/** A signed amount as the statement writes it. */
const signedText = (micro: bigint) =>
  micro > 0n ? `+${formatCredits(micro)}` : formatCredits(micro).replace("-", "−");

const table = (name: string, of = page) => of.getByRole("table", { name });
const credits = (row: string, of = page) =>
  table("Balance", of).getByRole("row", { name: row }).getByRole("cell").first().textContent();

describe("an organization's statement", () => {
  it("has the sums of the ledger", async () => {
    await page.goto("/organizations/ENG/transactions");
    await page.getByRole("link", { name: "Statement" }).click();
    await page.getByText(`Statement for ${formatMonth(month)}`).waitFor();
    const sums = ledger();
    expect(sums.spent).toBeLessThan(0n);
    expect({
      opening: await credits("Opening balance"),
      added: await credits("Credits added"),
      returned: await credits("Credits returned"),
      spent: await credits("Spent"),
      closing: await credits("Closing balance"),
    }).toEqual({
      opening: formatCredits(sums.opening),
      added: signedText(sums.added),
      returned: signedText(sums.returned),
      spent: signedText(sums.spent),
      closing: formatCredits(sums.closing),
    });
    expect(sums.opening + sums.added + sums.returned + sums.spent).toBe(sums.closing);
    // The table's end: it may still arrive.
    await table("Spent by member").getByRole("row", { name: "Total" }).waitFor();
    const members = await table("Spent by member")
      .getByRole("row")
      .evaluateAll((all) =>
        all.slice(1).map((row) => [...row.children].slice(0, 2).map((cell) => cell.textContent)),
      );
    expect(members).toEqual([
      ...sums.byMember.map(({ name, email, total }) => [`${name} ${email}`, formatCredits(total)]),
      ["Total", formatCredits(-sums.spent)],
    ]);
    await expectAccessible(page);
    expect(errors).toEqual([]);
  });

  it("opens the print dialog by its button, and prints A4 in black on white from either look", async () => {
    const texts: (string | null)[] = [];
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, media: "screen" });
      await page.goto(address);
      // The button comes with the page's script, and its word is in the text that is compared below.
      await page.getByRole("button", { name: "Print", exact: true }).waitFor();
      await page.emulateMedia({ colorScheme, media: "print" });
      const look = await page.evaluate(() => {
        const style = (selector: string) =>
          getComputedStyle(document.querySelector(selector) ?? document.body);
        return {
          background: style("body").backgroundColor,
          ink: style("h1").color,
          muted: style("article > p").color,
          form: style("article form").display,
          navigation: style("article nav").display,
        };
      });
      expect(look).toEqual({
        background: "rgb(255, 255, 255)",
        ink: "rgb(23, 24, 28)",
        muted: "rgb(92, 95, 107)",
        form: "none",
        navigation: "none",
      });
      texts.push(await page.locator("main").textContent());
      const pages = pdfPages(await page.pdf({ preferCSSPageSize: true }));
      expect(pages[0]).toEqual({ width: 210, height: 297 });
      expect(pages.length).toBeLessThan(4);
    }
    expect(texts[1]).toBe(texts[0]);
    await page.emulateMedia({ colorScheme: null, media: null });
    await page.evaluate(() => {
      window.print = () => document.body.setAttribute("data-printed", "");
    });
    await page.getByRole("button", { name: "Print", exact: true }).click();
    expect(await page.locator("body[data-printed]").count()).toBe(1);
  });

  it("of another month is chosen without JavaScript", async () => {
    const plain = await newPage(OWNER, { javaScriptEnabled: false });
    await plain.goto(address);
    expect(await plain.getByRole("button", { name: "Print" }).count()).toBe(0);
    const before = addMonths(month, -1);
    await plain.getByLabel("Month").selectOption({ label: formatMonth(before) });
    await plain.getByRole("button", { name: "Show" }).click();
    await plain.getByText(`Statement for ${formatMonth(before)}`).waitFor();
    expect(plain.url().replace(server.url, "")).toBe(
      `/organizations/ENG/statement?month=${isoMonth(before)}`,
    );
    expect(await credits("Closing balance", plain)).toBe(formatCredits(ledger().opening));
    await plain.context().close();
  });

  it.each(["2026-13", "1999-01", "x".repeat(300), "2026-10' OR 1"])(
    "of a month that is not offered is the last complete one, and tells it: %s",
    async (text) => {
      await page.goto(`/organizations/ENG/statement?month=${encodeURIComponent(text)}`);
      const shown = text.slice(0, 60);
      await page
        .getByText(`There is no statement for ${shown}. This is the one for ${formatMonth(month)}.`)
        .waitFor();
      await page.getByText(`Statement for ${formatMonth(month)}`).waitFor();
    },
  );

  it("keeps the worth of its month when the exchange rate changes later", async () => {
    await page.goto(address);
    const { id, rate, currency } = creditTypeOfEng();
    const worths = () =>
      table("Balance")
        .getByRole("row")
        .evaluateAll((all) => all.slice(1).map((row) => row.lastElementChild?.textContent));
    const before = await worths();
    expect(before.at(-1)).toBe(moneyText(ledger().closing, rate, currency));
    expect(await page.locator("main").textContent()).not.toContain("The exchange rate changed");
    await page.goto(`/credit-types/${id}/edit`);
    await page.getByLabel("Exchange Rate").fill("7");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("7 credits per").first().waitFor();
    await page.goto(address);
    expect(await worths()).toEqual(before);
    // In this month the rate has changed, so that only the balances have a worth.
    await page.goto(`/organizations/ENG/statement?month=${isoMonth(addMonths(month, 1))}`);
    await page.getByText("The exchange rate changed in this month").waitFor();
    const [opening, ...others] = await worths();
    expect(opening).toBe(before.at(-1));
    expect(others.slice(0, -1).every((worth) => worth === "–")).toBe(true);
    expect(others.at(-1)).toBe(moneyText(ledger().balance, 7_000_000n, currency));
    await expectAccessible(page);
  });

  it("does not exist for those who may not read the organization", async () => {
    const reader = await newPage(READER);
    const statuses = [];
    for (const code of ["BUS", "ENG", "NOPE"]) {
      const answer = await reader.goto(`/organizations/${code}/statement?month=${isoMonth(month)}`);
      statuses.push(answer?.status());
    }
    expect(statuses).toEqual([200, 404, 404]);
    await reader.context().close();
  });
});
