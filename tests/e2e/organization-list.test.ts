import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  collectConsoleErrors,
  expectAccessible,
  hasFocus,
  launchBrowser,
  signIn,
  visit as visitOn,
} from "#tests/support/browser.ts";
import { aCreditType, aMember, anOrganization, credits, spent } from "#tests/support/builders.ts";
import { inDatabase, makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

const directory = makeTemporaryDirectory();
let server: TestServer;
let browser: Browser;
let page: Page;
let errors: string[];

/** 60 organizations, of which the first three run out soon. */
async function fill(): Promise<void> {
  const creditType = await aCreditType({
    name: "SGD Credits",
    currency: "SGD",
    available: credits(1_000_000),
  });
  for (let n = 1; n <= 60; n++) {
    const code = `ORG-${String(n).padStart(2, "0")}`;
    const balance = credits(1_000 + n);
    const organization = await anOrganization({ code, name: `School ${code}`, creditType, balance });
    if (n > 3) continue;
    await aMember(organization, { email: "ana@example.edu" });
    await spent({ organization: code, credits: credits(900), occurredAt: new Date() });
  }
}

beforeAll(async () => {
  await inDatabase(directory, fill);
  server = await startServer({
    directory,
    environment: { OWNER_EMAIL: OWNER, OWNER_PASSWORD: PASSWORD },
  });
  browser = await launchBrowser();
  page = await newPage();
  errors = collectConsoleErrors(page);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  removeDirectory(directory);
});

/** A page of a browser of its own, signed in. */
async function newPage({ javaScriptEnabled = true } = {}): Promise<Page> {
  const context = await browser.newContext({
    baseURL: server.url,
    javaScriptEnabled,
    viewport: { width: 1440, height: 900 },
  });
  const created = await context.newPage();
  await signIn(created, OWNER, PASSWORD);
  return created;
}

const visit = (path: string) => visitOn(page, path);

const address = (of = page) => of.url().replace(server.url, "");
const codes = (of = page) => of.locator("tbody tr th span").allTextContents();
const row = (code: string) => page.getByRole("row").filter({ hasText: code });
const box = (code: string) => row(code).getByRole("checkbox");
const selected = () => page.getByRole("checkbox", { name: /^Select School/, checked: true }).count();
const bar = (text: string) => page.getByText(text, { exact: true });
const wholePage = () => page.getByRole("checkbox", { name: "Whole page" });
const isPartial = () => wholePage().evaluate((element: HTMLInputElement) => element.indeterminate);

describe("the list of organizations", () => {
  it("shows what runs out first, and filters by it", async () => {
    await visit("/organizations?view=table&sort=-balance");
    await page.getByLabel("Runway").selectOption({ label: "Runs out within 30 days" });
    await page.waitForURL((url) => url.searchParams.get("runs-out") === "30");
    await expect.poll(() => codes()).toEqual(["ORG-03", "ORG-02", "ORG-01"]);
    await page.getByRole("link", { name: "Runs out" }).click();
    await page.waitForURL((url) => url.searchParams.get("sort") === "runs-out");
    await expect.poll(() => codes()).toEqual(["ORG-01", "ORG-02", "ORG-03"]);
    expect(await page.locator("th[aria-sort]").textContent()).toBe("Runs out");
    // 103 are left of 1,003 at 30 a day.
    expect(await row("ORG-03").getByText("3 days").getAttribute("title")).toMatch(/^\d\d\/\d\d\/\d{4}$/);
    await page.getByText("1–3 of 3").waitFor();
    await expectAccessible(page);
  });

  it("tells what credits are worth, on cards and in the table", async () => {
    await visit("/organizations?q=org-07");
    const figures = await page.getByRole("article").locator("dl > div").allTextContents();
    expect(figures).toEqual(expect.arrayContaining(["Credit Balance1,007", "WorthS$1,007.00"]));
    await visit("/organizations?q=org-07&view=table&cols=balance");
    expect(await row("ORG-07").getByRole("cell").nth(1).textContent()).toBe("1,007S$1,007.00");
  });

  it("opens a row by a press anywhere on it, but not where text is marked, a key is held or a control was meant", async () => {
    const list = "/organizations?view=table&sort=name";
    await visit(list);
    const cell = row("ORG-05").getByText("No limit");
    await cell.click({ modifiers: ["Control"] });
    const place = await cell.boundingBox();
    if (!place) throw new Error("the cell is not on screen");
    const middle = place.y + place.height / 2;
    await page.mouse.move(place.x + place.width - 10, middle);
    await page.mouse.down();
    await page.mouse.move(place.x + place.width - 50, middle, { steps: 5 });
    await page.mouse.up();
    expect(await page.evaluate(() => String(getSelection()))).not.toBe("");
    await box("ORG-05").click();
    await row("ORG-05").getByRole("button", { name: "Actions for School ORG-05" }).click();
    await page.keyboard.press("Escape");
    expect(address()).toBe(list);
    await row("ORG-06").getByText("No limit").click();
    await page.waitForURL("**/organizations/ORG-06");
  });

  it("selects the page by the heading, and a range with Shift", async () => {
    await visit("/organizations?view=table&sort=name");
    await wholePage().check();
    await bar("24 selected").waitFor();
    await expect.poll(selected).toBe(24);
    await box("ORG-02").uncheck();
    await bar("23 selected").waitFor();
    await expect.poll(isPartial).toBe(true);
    await page.getByRole("button", { name: "Clear" }).click();
    await expect.poll(selected).toBe(0);
    await expect.poll(isPartial).toBe(false);

    await box("ORG-10").click();
    await box("ORG-06").click({ modifiers: ["Shift"] });
    await bar("5 selected").waitFor();
    await box("ORG-07").click();
    await box("ORG-09").click({ modifiers: ["Shift"] });
    await bar("2 selected").waitFor();
    expect(await Promise.all(["ORG-06", "ORG-10"].map((code) => box(code).isChecked()))).toEqual([
      true,
      true,
    ]);
    await expectAccessible(page);
    await visit("/organizations?sort=name");
    await page.getByRole("checkbox", { name: "Select School ORG-02" }).click();
    await page.getByRole("checkbox", { name: "Select School ORG-04" }).click({ modifiers: ["Shift"] });
    await bar("3 selected").waitFor();
  });

  it("forgets a selection where the search, the page or the history leads to another view", async () => {
    await visit("/organizations?view=table&sort=name");
    const whole = page.getByLabel("All 60 in this view");
    const forgotten = async () => {
      await expect.poll(selected).toBe(0);
      await expect.poll(() => wholePage().isChecked()).toBe(false);
      await page.getByRole("button", { name: "Deactivate selected" }).waitFor({ state: "hidden" });
    };
    await box("ORG-10").check();
    await whole.check();
    await bar("All 60 selected").waitFor();
    await page.getByRole("searchbox").fill("org-1");
    await page.getByText("1–10 of 10").waitFor();
    await forgotten();
    await box("ORG-10").check();
    await bar("1 selected").waitFor();
    await page.getByRole("button", { name: "Deactivate selected" }).click();
    await page.getByRole("dialog", { name: "Deactivate School ORG-10?" }).waitFor();
    await page.keyboard.press("Escape");
    await page.goBack();
    await page.getByText("1–24 of 60").waitFor();
    await forgotten();

    await wholePage().check();
    await bar("24 selected").waitFor();
    await page.getByRole("link", { name: "Next" }).click();
    await page.getByText("25–48 of 60").waitFor();
    await forgotten();
    await wholePage().check();
    await page.goBack();
    await page.getByText("1–24 of 60").waitFor();
    await forgotten();
    await wholePage().check();
    await page.goForward();
    await page.getByText("25–48 of 60").waitFor();
    await forgotten();
  });

  it("keeps the heading on screen while the page scrolls", async () => {
    await visit("/organizations?view=table&size=100&sort=name");
    await page.mouse.move(700, 600);
    await page.mouse.wheel(0, 1_200);
    const heading = page.getByRole("columnheader", { name: "Credit Balance" });
    await expect.poll(async () => (await heading.boundingBox())?.y).toBe(0);
    // The heading reaches its place before the page has scrolled to its end.
    await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(1_000);
  });

  it("has its actions in a menu that closes by Escape and by a press beside it", async () => {
    await visit("/organizations?sort=name");
    const button = page.getByRole("button", { name: "Actions for School ORG-01" });
    const item = page.getByRole("link", { name: "Return credits" });
    await button.click();
    await item.waitFor();
    await expectAccessible(page);
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Add credits");
    await page.keyboard.press("Escape");
    await item.waitFor({ state: "hidden" });
    await expect.poll(() => hasFocus(button)).toBe(true);
    await button.click();
    await page.getByRole("heading", { name: "Organizations", exact: true }).click();
    await item.waitFor({ state: "hidden" });
    await button.click();
    await button.click();
    await item.waitFor({ state: "hidden" });
    await button.click();
    await page.getByRole("button", { name: "Actions for School ORG-02" }).click();
    await page.getByRole("button", { name: "Deactivate School ORG-02" }).waitFor();
    await button.click();
    await page.getByRole("link", { name: "Add credits" }).click();
    await page.getByLabel("Amount").fill("5");
    await page.getByRole("button", { name: "Add credits", exact: true }).click();
    // Back in the list that it was opened from.
    await page.waitForURL("**/organizations?sort=name");
  });

  it("has the columns and the size that its address defines, and the navigation remembers them", async () => {
    await visit("/organizations");
    const link = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Organizations" });
    expect(await link.getAttribute("href")).toBe("/organizations");
    await page.getByRole("link", { name: "Table", exact: true }).click();
    await page.waitForURL("**/organizations?view=table");
    await page.getByRole("button", { name: "Columns" }).click();
    for (const label of ["Status", "Members", "Total Spent Credits", "Spent 30 d", "Credit Type"]) {
      await page.getByRole("checkbox", { name: label, exact: true }).uncheck();
    }
    await expectAccessible(page);
    await page.getByRole("button", { name: "Show columns" }).click();
    await page.waitForURL("**/organizations?view=table&cols=balance,runs-out,allowance");
    expect(await page.getByRole("columnheader").allInnerTexts()).toEqual([
      "",
      "Name",
      "Credit Balance",
      "Runs out",
      "Monthly Allowance per Member",
      "Actions",
    ]);
    await page.getByRole("link", { name: "50 a page" }).click();
    const chosen = "/organizations?view=table&cols=balance,runs-out,allowance&size=50";
    await page.waitForURL(`**${chosen}`);
    await page.getByText("1–50 of 60").waitFor();
    await expect.poll(() => link.getAttribute("href")).toBe(chosen);

    // The address is the whole truth, here and in another browser.
    await visit("/organizations");
    expect(await page.getByRole("article").count()).toBe(24);
    expect(await link.getAttribute("href")).toBe(chosen);
    await link.click();
    await page.waitForURL(`**${chosen}`);
    await expect.poll(() => link.getAttribute("aria-current")).toBe("page");
    const other = await newPage();
    await other.goto(chosen);
    await other.getByText("1–50 of 60").waitFor();
    expect(
      await other
        .getByRole("navigation", { name: "Main" })
        .getByRole("link", { name: "Organizations" })
        .getAttribute("href"),
    ).toBe("/organizations");
    await other.context().close();
    await page.goBack();
    await page.getByRole("article").first().waitFor();
  });

  it("does all of it without JavaScript", async () => {
    const plain = await newPage({ javaScriptEnabled: false });
    await plain.goto("/organizations?view=table&q=org&sort=name");
    await plain.getByRole("button", { name: "Columns" }).click();
    await plain.getByRole("checkbox", { name: "Status", exact: true }).uncheck();
    await plain.getByRole("button", { name: "Show columns" }).click();
    await plain.waitForURL((url) => url.searchParams.getAll("cols").length === 7);
    expect((await plain.getByRole("columnheader").allInnerTexts()).slice(1, 3)).toEqual(["Name", "Members"]);
    expect(new URL(plain.url()).searchParams.get("q")).toBe("org");
    await plain.getByLabel("Runway").selectOption({ label: "Runs out within 7 days" });
    await plain.getByRole("button", { name: "Apply" }).click();
    await plain.waitForURL((url) => url.searchParams.get("runs-out") === "7");
    expect(await codes(plain)).toEqual(["ORG-01", "ORG-02", "ORG-03"]);
    expect((await plain.getByRole("columnheader").allInnerTexts()).slice(1, 3)).toEqual(["Name", "Members"]);
    // The page of the organization has the same actions.
    await plain.getByRole("button", { name: "Actions for School ORG-02" }).click();
    await plain.waitForURL((url) => url.pathname === "/organizations/ORG-02");
    await plain.getByRole("link", { name: "Add credits" }).waitFor();
    await plain.context().close();
  });

  it("by the keyboard alone: the menu, the columns, a selection", async () => {
    await visit("/organizations?view=table&sort=name&q=org-1");
    const until = async (name: string) => {
      for (let presses = 0; presses < 60; presses += 1) {
        await page.keyboard.press("Tab");
        const text = await page.evaluate(
          () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent,
        );
        if (text === name) return;
      }
      throw new Error(`the keyboard does not reach ${name}`);
    };
    await until("Columns");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    // The address before has no columns at all.
    await page.waitForURL((url) => url.searchParams.get("cols")?.includes("status") === false);
    await until("Whole page");
    await page.keyboard.press("Space");
    await bar("10 selected").waitFor();
    await until("Actions for School ORG-10");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Add credits");
    await until("Return credits");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/organizations\/ORG-10\/credits\/return/);
  });

  it("marks what is current and selected with forced colours", async () => {
    await page.emulateMedia({ forcedColors: "active" });
    await visit("/organizations?view=table&sort=name&size=50");
    const background = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => getComputedStyle(element).backgroundColor);
    const sizes = "nav[aria-label='Page size'] a";
    expect(await background(`${sizes}[aria-current]`)).not.toBe(
      await background(`${sizes}:not([aria-current])`),
    );
    const outline = (code: string) => row(code).evaluate((element) => getComputedStyle(element).outlineStyle);
    await box("ORG-04").check();
    expect([await outline("ORG-04"), await outline("ORG-05")]).toEqual(["solid", "none"]);
    await page.emulateMedia({ forcedColors: "none" });
  });

  it("gives no place to figures far off the screen, and the page is as long without them", async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    await visit("/organizations?size=100");
    const isSkipped = (card: "first" | "last") =>
      page
        .locator(".cards dd")
        [card]()
        .evaluate((figure) => !figure.checkVisibility({ contentVisibilityAuto: true }));
    await expect.poll(() => isSkipped("last")).toBe(true);
    expect(await isSkipped("first")).toBe(false);
    const height = () => page.evaluate(() => document.documentElement.scrollHeight);
    const before = await height();
    await page.locator(".cards dd").last().scrollIntoViewIfNeeded();
    await expect.poll(() => isSkipped("last")).toBe(false);
    // Less than half a line of all 60 cards, of which the last three have "Spent in money" too.
    expect(Math.abs((await height()) - before)).toBeLessThan(9);

    await visit("/organizations?size=50");
    await page.emulateMedia({ media: "print" });
    await expect.poll(() => isSkipped("last")).toBe(false);
    await page.emulateMedia({ media: null });
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it("keeps its tabs and what the browser takes from the head of the page during a search", async () => {
    await visit("/organizations");
    const lasting = "[name=color-scheme], [rel=icon], nav[aria-label=Status] a";
    const marked = await page.evaluate((selector) => {
      const elements = document.querySelectorAll(selector);
      for (const element of elements) element.toggleAttribute("data-lasting", true);
      return elements.length;
    }, lasting);
    expect(marked).toBe(5);
    await page.getByRole("searchbox").pressSequentially("org-0");
    await page.getByText("1–9 of 9").waitFor();
    expect(await page.locator("[data-lasting]").count()).toBe(marked);
  });

  it("has one image for all icons, of which each shows another part", async () => {
    await visit("/organizations");
    const icons = await page.locator(".icon").evaluateAll((elements) =>
      elements.map((element) => {
        const { maskImage, maskPosition } = getComputedStyle(element);
        return { name: /icon-[-a-z0-9]+/.exec(element.className)?.[0], maskImage, maskPosition };
      }),
    );
    expect(new Set(icons.map(({ maskImage }) => maskImage)).size).toBe(1);
    const names = new Set(icons.map(({ name }) => name));
    expect(names.size).toBeGreaterThan(8);
    expect(new Set(icons.map(({ maskPosition }) => maskPosition)).size).toBe(names.size);
  });

  it("leaves nothing in the browser's console", () => {
    expect(errors).toEqual([]);
  });
});
