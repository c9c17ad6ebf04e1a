import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  collectConsoleErrors,
  expectAccessible,
  hasFocus,
  launchBrowser,
  signIn,
  stopPageClock,
  visit,
} from "#tests/support/browser.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

const CREDIT_TYPES = [
  ["Global Credits", "USD"],
  ["USD Credits", "USD"],
  ["EUR Credits", "EUR"],
  ["JPY Credits", "JPY"],
  ["INR Credits", "INR"],
  ["MYR Credits", "MYR"],
  ["SGD Credits", "SGD"],
] as const;

let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let errors: string[];
const files = mkdtempSync(path.join(tmpdir(), "bursar-files-"));

beforeAll(async () => {
  server = await startServer();
  browser = await launchBrowser();
  context = await browser.newContext({ baseURL: server.url, acceptDownloads: true });
  page = await context.newPage();
  errors = collectConsoleErrors(page);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const names = () => page.locator("article h3").allTextContents();
const address = () => page.url().replace(server.url, "");

async function search(text: string): Promise<void> {
  await page.getByLabel("Search organizations").fill(text);
  await page.waitForURL((url) => (url.searchParams.get("q") ?? "") === text.trim());
}

async function addCreditType(name: string, currency: string): Promise<void> {
  await page.goto("/credit-types/new");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Currency Code").selectOption(currency);
  await page.getByLabel("Exchange Rate").fill("100");
  await page.getByRole("button", { name: "Create Credit Type" }).click();
  await page.waitForURL("**/credit-types");
}

async function upload(csv: string | Uint8Array): Promise<void> {
  const file = path.join(files, `upload-${Math.random()}.csv`);
  writeFileSync(file, csv);
  await page.goto("/organizations/import");
  await page.getByLabel("CSV or Excel file").setInputFiles(file);
  await page.getByRole("button", { name: "Preview" }).click();
  await page.waitForURL(/import\/[\w-]{22}$/);
}

describe("the first hour of an admin", () => {
  it("sets the portal up with the console's one-time code", async () => {
    await page.goto("/organizations?q=poly&status=active");
    expect(new URL(page.url()).pathname).toBe("/setup");
    await page.getByLabel("One-time code").fill("WRNG-WRNG-WRNG");
    await page.getByLabel("Email").fill(OWNER);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Create owner account" }).click();
    await page.getByText("That code doesn't match the latest one in the terminal.").waitFor();
    expect(await page.getByLabel("Email").inputValue()).toBe(OWNER);
    await expectAccessible(page);

    await page.getByLabel("One-time code").fill((await server.setupCode()).toLowerCase());
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Create owner account" }).click();
    await page.waitForURL("**/organizations");
    await page.getByText("Start with a credit type").waitFor();
    await page.goto("/setup");
    expect(address()).toBe("/organizations");
  });

  it("signs out and in again, back to the very view of a bookmark", async () => {
    await page.getByRole("button", { name: /Account menu/ }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL("**/sign-in**");
    const bookmark = "/organizations?q=poly&status=active&sort=-balance&view=table";
    await page.goto(bookmark);
    await page.getByLabel("Email").fill(OWNER);
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Incorrect email or password.").waitFor();
    expect(await page.getByLabel("Email").inputValue()).toBe(OWNER);
    await expectAccessible(page);
    await signIn(page, OWNER, PASSWORD);
    expect(address()).toBe(bookmark);
    await page.goto("/sign-in?callbackUrl=https://evil.example/x");
    expect(address()).toBe("/organizations");
  });

  it("adds credit types; names are unique without regard to case", async () => {
    await page.goto("/organizations/new");
    await page.getByText("there is none yet").waitFor();
    for (const [name, currency] of CREDIT_TYPES) await addCreditType(name, currency);
    expect(await page.locator("h2").allTextContents()).toEqual(expect.arrayContaining(["SGD Credits"]));
    await expectAccessible(page);
    await page.goto("/credit-types/new");
    await page.getByLabel("Name").fill("sgd CREDITS");
    await page.getByLabel("Currency Code").selectOption("SGD");
    await page.getByLabel("Exchange Rate").fill("abc");
    await page.getByRole("button", { name: "Create Credit Type" }).click();
    await page.getByText("Enter a number, such as").waitFor();
    expect(await page.getByLabel("Currency Code").inputValue()).toBe("SGD");
    await page.getByLabel("Exchange Rate").fill("1");
    await page.getByRole("button", { name: "Create Credit Type" }).click();
    await page.getByText("There is a credit type named SGD Credits already.").waitFor();
  });

  it("creates an organization on its page; bad input keeps what was typed", async () => {
    await page.goto("/organizations/new");
    await page.getByLabel("Organization Name").fill("Bidi \u202Ename");
    await page.getByLabel("Organization Code").fill("MKT");
    await page.getByLabel("Credit Type").selectOption({ label: "SGD Credits (SGD)" });
    await page.getByText("More options").click();
    await page.getByLabel("Monthly Allowance per Member").fill("1,00");
    await page.getByRole("button", { name: "Create Organization" }).click();
    await page.getByText("invisible character (U+202E)").waitFor();
    await page.getByText("Enter a number, such as 1000 or 0.5.").waitFor();
    expect(await page.getByLabel("Organization Code").inputValue()).toBe("MKT");
    await expectAccessible(page);

    await page.getByLabel("Organization Name").fill("École de Marketing");
    await page.getByLabel("Monthly Allowance per Member").fill("1,000");
    await page.getByRole("button", { name: "Create Organization" }).click();
    await page.waitForURL("**/organizations");
    await page.getByText("École de Marketing was created and is active.").waitFor();
    const card = page.locator("article", { hasText: "École de Marketing" });
    expect(await card.textContent()).toMatch(
      /MKT.*Active.*Credit TypeSGD.*1,000 credits.*Created \d\d\/\d\d\/\d{4}/,
    );
  });

  it("refuses the same code in the dialog, in other letters, with what was typed kept", async () => {
    await visit(page, "/organizations");
    await page.getByRole("link", { name: "+ Create Organization" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Organization Name").fill("Second");
    await dialog.getByLabel("Organization Code").fill(" ｍｋｔ ");
    await dialog.getByLabel("Credit Type").selectOption({ label: "SGD Credits (SGD)" });
    await dialog.getByRole("button", { name: "Create Organization" }).click();
    await dialog.getByText("The code MKT is taken by École de Marketing.").waitFor();
    expect(await dialog.getByLabel("Organization Name").inputValue()).toBe("Second");
    expect(await dialog.getByLabel("Credit Type").locator("option:checked").textContent()).toBe(
      "SGD Credits (SGD)",
    );
    await expectAccessible(page);
    await dialog.getByLabel("Organization Code").fill("SEC");
    await dialog.getByRole("button", { name: "Create Organization" }).click();
    await dialog.waitFor({ state: "hidden" });
    await page.getByText("Second was created and is active.").waitFor();
    await expect.poll(names).toEqual(["Second", "École de Marketing"]);
  });
});

describe("importing", () => {
  it("shows every bad row with its line and imports nothing", async () => {
    await upload(
      "name,code,credit_type,monthly_allowance_per_member,status,extra\r\n" +
        "Good,GOOD-1,SGD Credits,,active,x\r\n" +
        "Taken,mkt,SGD Credits,,active,x\r\n" +
        "Twice,good-1,SGD Credits,,active,x\r\n" +
        "Type,T-1,Nope Credits,,active,x\r\n" +
        "Allowance,A-1,SGD Credits,-1,maybe,x\r\n",
    );
    await page.getByText("5 errors").waitFor();
    const text = (await page.locator("main").textContent()) ?? "";
    for (const expected of [
      "3code: mkt is taken by École de Marketing.",
      "4code: good-1 is already on line 2.",
      "5credit_type: There is no credit type named Nope Credits.",
      "6monthly_allowance_per_member: Must not be negative.",
      "6status: Must be active or inactive.",
      "Ignored column: extra",
    ]) {
      expect(text).toContain(expected);
    }
    expect(await page.getByRole("button", { name: /^Import/ }).count()).toBe(0);
    await expectAccessible(page);
  });

  it("names what is wrong with a file of another format", async () => {
    for (const [csv, message] of [
      ["name,code\nA,B\n", "The header row is missing credit_type."],
      [Buffer.from("name,code\nUniversit\u0081,B\n", "latin1"), "The text is not UTF-8"],
      ["name,code,credit_type\n", "no organization"],
      ['name,code\n"A,B\n', "is never closed"],
    ] as const) {
      await upload(csv);
      await page.getByText(message).first().waitFor();
    }
  });

  it("imports 8,251 universities whole, with the right counts", async () => {
    await upload(readFileSync("tests/data/universities.csv"));
    await page.getByText("7,620 active, 631 inactive").waitFor();
    await page.getByText("Ignored column: country").waitFor();
    await page.getByRole("button", { name: "Import 8,251 organizations" }).click();
    await page.getByText("8,251 organizations imported.").waitFor({ timeout: 60_000 });
    await page.getByRole("link", { name: "Go to Organizations" }).click();
    await page.getByText("8,253 organizations (7,622 active)").waitFor();
    await expectAccessible(page);
  });
});

describe("the list", () => {
  it.each([
    ["ecole poly", "École Polytechnique de Montréal, Université de Montréal"],
    ["ÉCOLE POLY", "École Polytechnique de Montréal, Université de Montréal"],
    ["universidad técnica", "Universidad Técnica Federico Santa María"],
  ])("finds by %s", async (text, expected) => {
    await visit(page, "/organizations");
    await search(text);
    await page.getByRole("link", { name: expected, exact: true }).first().waitFor();
  });

  it.each(["\0\u0007", "%", "_", '"', "AND", "*", "😀", "x".repeat(10_000)])(
    "survives a search for %j",
    async (text) => {
      const answer = await page.goto(`/organizations?q=${encodeURIComponent(text)}`);
      expect(answer?.status()).toBe(200);
    },
  );

  it.each(["page=-1", "page=1e9", "status=foo", "sort=x", "type=abc", "status=active&status=inactive"])(
    "survives ?%s",
    async (query) => {
      const answer = await page.goto(`/organizations?${query}`);
      expect(answer?.status()).toBe(200);
      expect(await page.locator("article").count()).toBe(24);
    },
  );

  it("keeps the focus while typing, and Back undoes it", async () => {
    await visit(page, "/organizations?status=active");
    await stopPageClock(page);
    const field = page.getByLabel("Search organizations");
    await field.focus();
    await page.keyboard.type("polytechnic", { delay: 30 });
    await page.waitForURL("**/organizations?q=polytechnic&status=active");
    expect(await hasFocus(field)).toBe(true);
    await page.goBack();
    await page.waitForURL("**/organizations?status=active");
    await expect.poll(() => field.inputValue()).toBe("");
  });

  it("shows the same view in another browser", async () => {
    const link = "/organizations?q=institute&status=inactive&sort=name&view=table&page=2";
    await page.goto(link);
    const rows = await page.locator("tbody th").allTextContents();
    // The last page of 38.
    expect(rows).toHaveLength(14);
    const other = await browser.newContext({ baseURL: server.url });
    const second = await other.newPage();
    await second.goto(link);
    await signIn(second, OWNER, PASSWORD);
    expect(second.url()).toBe(server.url + link);
    expect(await second.locator("tbody th").allTextContents()).toEqual(rows);
    await other.close();
  });

  it("filters by credit type and status, sorts, and pages past the end", async () => {
    await visit(page, "/organizations");
    await page.getByLabel("Credit type", { exact: true }).selectOption({ label: "SGD Credits" });
    await page.waitForURL(/type=7/);
    await expect.poll(() => page.locator("article").count()).toBe(19);
    await page.getByRole("link", { name: /^Inactive/ }).click();
    await page.waitForURL(/status=inactive/);
    await page.goto("/organizations?page=999999");
    await page.getByText("8,233–8,253 of 8,253").waitFor();
  });

  it("deactivates after asking, and activates", async () => {
    await visit(page, "/organizations?q=MKT");
    await page.getByRole("button", { name: "Actions for École de Marketing" }).click();
    await page.getByRole("button", { name: "Deactivate École de Marketing" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("New spending is blocked immediately.").waitFor();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect(await page.locator("article").first().textContent()).toContain("Active");
    await page.getByRole("button", { name: "Actions for École de Marketing" }).click();
    await page.getByRole("button", { name: "Deactivate École de Marketing" }).click();
    await dialog.getByRole("button", { name: "Deactivate" }).click();
    await page.getByText("1 organization was deactivated.").waitFor();
    await page.getByRole("button", { name: "Actions for École de Marketing" }).click();
    await page.getByRole("button", { name: "Activate École de Marketing", exact: true }).click();
    await page.getByText("1 organization was activated.").waitFor();
  });

  it("changes a selection and a whole view", async () => {
    await visit(page, "/organizations?q=kyoto&status=active");
    const total = Number(
      await page
        .getByRole("link", { name: /^Active/ })
        .locator("span")
        .textContent(),
    );
    await page.getByRole("checkbox").nth(0).check();
    await page.getByRole("checkbox").nth(1).check();
    await page.getByRole("button", { name: "Deactivate selected" }).click();
    await page.getByRole("dialog").getByText("Deactivate 2 organizations?").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click();
    await page.getByText("2 organizations were deactivated.").waitFor();
    await expect.poll(() => page.locator("article").count()).toBe(total - 2);
    await visit(page, "/organizations?q=kyoto&status=inactive");
    await page.getByRole("checkbox").first().check();
    await page.getByRole("button", { name: "Activate selected", exact: true }).click();
    await page.getByText("1 organization was activated.").waitFor();
  });

  it("exports exactly the view, whole; the file imports into an empty portal and exports again to the byte", async () => {
    const download = async (from: Page, url: string): Promise<string> => {
      await from.goto(url);
      const [file] = await Promise.all([
        from.waitForEvent("download"),
        from.getByRole("link", { name: "Export CSV" }).click(),
      ]);
      expect(file.suggestedFilename()).toMatch(/^organizations-\d{4}-\d\d-\d\d\.csv$/);
      return readFileSync(await file.path(), "utf8");
    };
    const filtered = await download(page, "/organizations?q=%C3%89cole&view=table&page=2");
    expect(filtered.split("\r\n").length - 2).toBe(
      Number(
        (await page.getByRole("link", { name: /^All/ }).locator("span").textContent())?.replace(",", ""),
      ),
    );
    const whole = await download(page, "/organizations");
    expect(whole.split("\r\n")).toHaveLength(8_253 + 2);

    const empty = await startServer({ environment: { OWNER_EMAIL: OWNER, OWNER_PASSWORD: PASSWORD } });
    const mine = page;
    const fresh = await browser.newContext({ baseURL: empty.url, acceptDownloads: true });
    try {
      page = await fresh.newPage();
      await signIn(page, OWNER, PASSWORD);
      for (const [name, currency] of CREDIT_TYPES) await addCreditType(name, currency);
      await upload(whole);
      await page.getByRole("button", { name: "Import 8,253 organizations" }).click();
      await page.getByText("8,253 organizations imported.").waitFor({ timeout: 60_000 });
      expect(await download(page, "/organizations")).toBe(whole);
    } finally {
      page = mine;
      await fresh.close();
      await empty.stop();
    }
  });
});

describe("one organization", () => {
  it("is found by its code in any case, changed, and shows who changed what", async () => {
    await page.goto("/organizations/sec");
    await page.getByRole("heading", { name: "Second", level: 1 }).waitFor();
    await expectAccessible(page);
    await page.getByRole("link", { name: "Settings" }).last().click();
    await page.getByLabel("Organization Name").fill("Second School");
    await page.getByLabel("Monthly Allowance per Member").fill("0.0000001");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("At most 6 decimal places.").waitFor();
    expect(await page.getByLabel("Organization Name").inputValue()).toBe("Second School");
    await page.getByLabel("Monthly Allowance per Member").fill("0.5");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Second School was saved.").waitFor();
    await page.goto("/organizations/SEC");
    await page.getByText("Second → Second School").waitFor();
    expect(await page.getByRole("main").textContent()).toContain("Monthly Allowance per Member0.5 credits");
  });

  it("is not there under an unknown code", async () => {
    expect((await page.goto("/organizations/NOPE"))?.status()).toBe(404);
    await page.getByText("No organization has this code").waitFor();
    expect((await page.goto("/organizations/%E0%A4%A"))?.status()).toBe(404);
    await page.getByText("Page not found").first().waitFor();
    await expectAccessible(page);
    await page.goto("/organizations");
  });
});

describe("roles", () => {
  it("invites a viewer, who reads everything and changes nothing; disabling ends the session at once", async () => {
    await page.goto("/settings/users");
    await page.getByLabel("Email").fill("finance@example.edu");
    await page.getByRole("button", { name: "Invite", exact: true }).click();
    const link = (await page.getByTestId("one-time-link").textContent()) ?? "";
    await expectAccessible(page);

    const theirs = await browser.newContext({ baseURL: server.url });
    const viewer = await theirs.newPage();
    await viewer.goto(link);
    await viewer.getByLabel("New password").fill("short");
    await viewer.getByRole("button", { name: "Set password and sign in" }).click();
    await viewer.getByText("Between 8 and 200 characters").waitFor();
    await viewer.getByLabel("New password").fill("a viewer's password");
    await viewer.getByRole("button", { name: "Set password and sign in" }).click();
    await viewer.waitForURL("**/organizations");
    expect(await viewer.getByRole("button", { name: /^(Dea|A)ctivate/ }).count()).toBe(0);
    expect(await viewer.getByRole("link", { name: "+ Create Organization" }).count()).toBe(0);
    for (const url of [
      "/organizations/new",
      "/organizations/import",
      "/credit-types/new",
      "/settings",
      "/settings/users",
      "/organizations/SEC/settings",
    ]) {
      expect([url, (await viewer.goto(url))?.status()]).toEqual([url, 403]);
    }
    await viewer.goto(link);
    await viewer.getByText("This link no longer works").waitFor();

    await page.goto("/settings/users");
    await page.getByText("Disable for finance@example.edu").click();
    await page.getByText("They are signed out at once").waitFor();
    await page.getByRole("button", { name: "Disable account finance@example.edu" }).click();
    await page.getByText(/ was disabled\. Their sessions have ended\.$/).waitFor();
    await viewer.goto("/organizations");
    expect(new URL(viewer.url()).pathname).toBe("/sign-in");
    await theirs.close();
  });

  it("keeps the last owner", async () => {
    await page.getByLabel(`Role of ${OWNER}`).selectOption("viewer");
    await page.getByRole("button", { name: `Change role of ${OWNER}` }).click();
    await page.getByText("There must be an owner.").waitFor();
  });
});

describe("every way of using it", () => {
  it("works with JavaScript off", async () => {
    const plain = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false });
    const mine = page;
    try {
      page = await plain.newPage();
      await page.goto("/organizations?q=second+school");
      await signIn(page, OWNER, PASSWORD);
      expect(address()).toBe("/organizations?q=second+school");
      expect(await names()).toEqual(["Second School"]);
      await page.getByLabel("Search organizations").fill("mkt");
      await page.getByRole("button", { name: "Apply" }).click();
      await page.waitForURL((url) => url.searchParams.get("q") === "mkt");
      expect(await names()).toEqual(["École de Marketing"]);
      await page.getByRole("checkbox", { name: "Select École de Marketing" }).check();
      await page.getByRole("button", { name: "Deactivate selected" }).click();
      await page.getByText("New spending is blocked immediately.").waitFor();
      await page.getByRole("button", { name: "Deactivate" }).click();
      await page.getByText("1 organization was deactivated.").waitFor();
      expect(await page.locator("article").textContent()).toContain("Inactive");
      await page.getByRole("link", { name: "+ Create Organization" }).click();
      await page.getByLabel("Organization Name").fill("Plain");
      await page.getByLabel("Organization Code").fill("mkt");
      await page.getByLabel("Credit Type").selectOption({ label: "EUR Credits (EUR)" });
      await page.getByRole("button", { name: "Create Organization" }).click();
      await page.getByText("The code MKT is taken").waitFor();
      expect(await page.getByLabel("Organization Name").inputValue()).toBe("Plain");
      await page.getByLabel("Organization Code").fill("PLAIN");
      await page.getByRole("button", { name: "Create Organization" }).click();
      await page.getByText("Plain was created and is active.").waitFor();
      expect((await names())[0]).toBe("Plain");
      await upload(
        "name,code,credit_type,monthly_allowance_per_member,status\nNo script,NS-1,EUR Credits,5,active\n",
      );
      await page.getByRole("button", { name: "Import 1 organization" }).click();
      await page.getByText("1 organization imported.").waitFor();
    } finally {
      page = mine;
      await plain.close();
    }
  });

  it("works by the keyboard alone", async () => {
    await visit(page, "/organizations?q=plain");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to content");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("content");
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
    await until("+ Create Organization");
    await until("Search organizations");
    await until("Select Plain");
    await until("Actions for Plain");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Add credits");
    await page.keyboard.press("Escape");
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
    await expect.poll(focused).toBe("Actions for Plain");
    await page.keyboard.press("Enter");
    await expect.poll(focused).not.toBe("Actions for Plain");
    await until("Deactivate Plain");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
    await expect.poll(focused).toBe("Actions for Plain");
  });

  // Axe looks at 20 pages, which took a busy machine 97 seconds.
  it("has nothing for axe to find, dark and wide or light and narrow", { timeout: 300_000 }, async () => {
    const urls = [
      "/organizations",
      "/organizations?view=table",
      "/organizations?q=zzzz",
      "/organizations/SEC",
      "/organizations/SEC/settings",
      "/organizations/import",
      "/credit-types",
      "/settings",
      "/settings/users",
      "/account/password",
    ];
    // Colours differ between the themes and the layout between the widths, so one theme for each width finds both.
    for (const [theme, width] of [
      ["Dark", 1280],
      ["Light", 390],
    ] as const) {
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.goto("/organizations");
      await page.getByRole("button", { name: /Account menu/ }).click();
      await page.getByRole("button", { name: theme, exact: true }).click();
      await expect.poll(() => page.locator("html").getAttribute("data-theme")).toBe(theme.toLowerCase());
      await page.setViewportSize({ width, height: 844 });
      for (const url of urls) {
        await page.goto(url);
        await expectAccessible(page);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect([url, width, overflow]).toEqual([url, width, 0]);
      }
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it("changes the own password, which ends the other sessions", async () => {
    const other = await browser.newContext({ baseURL: server.url });
    const second = await other.newPage();
    await second.goto("/sign-in");
    await signIn(second, OWNER, PASSWORD);
    await page.goto("/account/password");
    await page.getByLabel("Current password").fill(PASSWORD);
    await page.getByLabel("New password").fill(`${PASSWORD}!`);
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("Your password was changed.").waitFor();
    await second.goto("/organizations");
    expect(new URL(second.url()).pathname).toBe("/sign-in");
    await other.close();
  });

  it("left no complaint in the browser's console", () => {
    // The browser itself reports the answers 404 that one test asks for.
    const missingPage = /status of 404 .*\/organizations\/(NOPE|%E0%A4%A)/;
    expect(errors.filter((error) => !missingPage.test(error))).toEqual([]);
  });
});
