import type { Browser, Page, Request } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  collectConsoleErrors,
  expectAccessible,
  hasFocus,
  launchBrowser,
  signIn,
  visit as visitOn,
} from "#tests/support/browser.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let browser: Browser;
let page: Page;
let errors: string[];

beforeAll(async () => {
  server = await startServer({ environment: { OWNER_EMAIL: OWNER, OWNER_PASSWORD: PASSWORD } });
  server.bursar("demo");
  browser = await launchBrowser();
  page = await (await browser.newContext({ baseURL: server.url })).newPage();
  errors = collectConsoleErrors(page);
  await signIn(page, OWNER, PASSWORD);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const address = () => page.url().replace(server.url, "");
const palette = () => page.getByRole("dialog", { name: "Find anything" });
const field = () => palette().getByRole("combobox", { name: "Search everything" });
const chosen = () => palette().getByRole("option", { selected: true });
/**
 * The chosen option once the palette has the answer to the whole text, and null before: Enter on the answer to a part of it
 * leads to the page of results.
 */
const chosenAtLast = async () =>
  (await palette().getByRole("listbox").getAttribute("aria-busy")) === "false"
    ? chosen().textContent()
    : null;
/** The first organization of the list: its name and its code. */
async function firstOrganization(): Promise<{ name: string; code: string }> {
  const card = page.getByRole("article").first();
  return {
    name: (await card.getByRole("link").first().textContent()) ?? "",
    code: (await card.locator("header p").first().textContent()) ?? "",
  };
}

const visit = (path: string) => visitOn(page, path);

async function openPalette(): Promise<void> {
  await page.keyboard.press("Control+k");
  await field().waitFor();
}

describe("the palette", () => {
  it("opens by Ctrl K, shows pages, and gives the focus back", async () => {
    await visit("/organizations");
    const search = page.locator("#content").getByRole("searchbox");
    await search.focus();
    await openPalette();
    await expect.poll(() => hasFocus(field())).toBe(true);
    await palette().getByRole("option", { name: "Organizations", exact: true }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await palette().waitFor({ state: "detached" });
    await expect.poll(() => hasFocus(search)).toBe(true);
  });

  it("finds as one types, moves by the arrows, and opens by Enter", async () => {
    await visit("/organizations");
    const { name, code } = await firstOrganization();
    await openPalette();
    await page.keyboard.type(code);
    await expect.poll(chosenAtLast).toContain(name);
    await field().fill("e");
    await expect.poll(chosenAtLast).toMatch(/e/i);
    expect(await palette().getByRole("option").count()).toBeGreaterThan(6);
    const first = await chosen().getAttribute("id");
    expect(await field().getAttribute("aria-activedescendant")).toBe(first);
    await page.keyboard.press("ArrowUp");
    expect(await chosen().getAttribute("id")).not.toBe(first);
    await page.keyboard.press("ArrowDown");
    expect(await chosen().getAttribute("id")).toBe(first);
    await expectAccessible(page);
    await field().fill(code);
    await expect.poll(chosenAtLast).toContain(name);
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname === `/organizations/${encodeURIComponent(code)}`);
    await palette().waitFor({ state: "detached" });
  });

  it("leads to a filled form, and moves nothing", async () => {
    await visit("/organizations");
    const { name, code } = await firstOrganization();
    await openPalette();
    await page.keyboard.type(`add 500 to ${code}`);
    await expect.poll(chosenAtLast).toContain(`Add 500 credits to ${name}`);
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname.endsWith("/credits/add"));
    await page.getByRole("heading", { name: `Add credits to ${name}` }).waitFor();
    expect(await page.getByLabel("Amount").inputValue()).toBe("500");
  });

  it("shows the answer to the last text, and goes to the page of results when Enter comes before it", async () => {
    await visit("/audit");
    const late = Promise.withResolvers<void>();
    await page.route("**/search/results?q=mem", async (route) => {
      await late.promise;
      await route.continue().catch(() => {});
    });
    await openPalette();
    // The palette sends it a moment after the last letter, which a busy test may notice only later.
    const [first] = await Promise.all([
      page.waitForRequest((request) => request.url().endsWith("?q=mem")),
      page.keyboard.type("mem"),
    ]);
    // The palette gives a request up for a newer text, so it ends with or without its answer.
    const isOver = new Promise<void>((done) => {
      const over = (request: Request) => request === first && done();
      page.on("requestfinished", over);
      page.on("requestfailed", over);
    });
    await field().fill("time zone");
    await expect.poll(() => chosen().textContent()).toContain("Time zone");
    late.resolve();
    await isOver;
    // The browser has painted what the answer may have changed.
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    expect(await chosen().textContent()).toContain("Time zone");
    await field().fill("nobody has this name");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname === "/search");
    await page.getByRole("heading", { name: "Nothing found" }).waitFor();
    await page.unroute("**/search/results?q=mem");
  });

  it("opens by the link in the navigation", async () => {
    await visit("/audit");
    await page.getByRole("link", { name: "Search", exact: true }).click();
    await field().waitFor();
    expect(address()).toBe("/audit");
    await page.keyboard.press("Escape");
    await palette().waitFor({ state: "detached" });
  });

  it("starts with what the user changed last", async () => {
    await visit("/organizations/new");
    await page.getByLabel("Organization Name").fill("Palette Studies");
    await page.getByLabel("Organization Code").fill("PAL");
    const type = page.getByLabel("Credit Type");
    await type.selectOption({ index: 1 });
    await page.getByRole("button", { name: "Create Organization" }).click();
    await page.getByText("Palette Studies was created").waitFor();
    await openPalette();
    const changes = palette().getByRole("group", { name: "Changed by you" });
    await changes.waitFor();
    expect(await changes.getByRole("option").first().textContent()).toContain("Palette Studies");
    await page.keyboard.press("Escape");
  });
});

describe("single keys", () => {
  const row = (index: number) =>
    page.getByRole("region", { name: "Organizations table" }).locator("tbody > tr").nth(index);
  const link = (index: number) => row(index).getByRole("link").first();

  it("go to the search, move in the list, select and open", async () => {
    await visit("/organizations?view=table");
    await page.keyboard.press("j");
    expect(await hasFocus(link(0))).toBe(true);
    await page.keyboard.press("j");
    expect(await hasFocus(link(1))).toBe(true);
    await page.keyboard.press("k");
    expect(await hasFocus(link(0))).toBe(true);
    await page.keyboard.press("x");
    expect(await row(0).getByRole("checkbox").isChecked()).toBe(true);
    await page.keyboard.press("x");
    expect(await row(0).getByRole("checkbox").isChecked()).toBe(false);
    await page.keyboard.press("Escape");
    expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
    await page.keyboard.press("/");
    const search = page.locator("#content").getByRole("searchbox");
    expect(await hasFocus(search)).toBe(true);
    expect(await search.inputValue()).toBe("");
    await page.keyboard.press("Escape");
    expect(await hasFocus(search)).toBe(false);
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => /^\/organizations\/.+/.test(url.pathname));
  });

  it("are listed by ?", async () => {
    await visit("/organizations");
    await page.keyboard.press("?");
    const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await dialog.waitFor();
    await expectAccessible(page);
    // Over a dialog they do nothing.
    await page.keyboard.press("j");
    await page.keyboard.press("/");
    await page.keyboard.press("Control+k");
    expect(await palette().count()).toBe(0);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });

  it("go on from the same row after ? was closed", async () => {
    await visit("/organizations?view=table");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("?");
    const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(await hasFocus(link(1))).toBe(true);
    await page.keyboard.press("j");
    expect(await hasFocus(link(2))).toBe(true);
  });

  it("do nothing in fields and selects, with a modifier, and during composition", async () => {
    await visit("/organizations?view=table");
    const search = page.locator("#content").getByRole("searchbox");
    await search.focus();
    await page.keyboard.type("j/k?x");
    expect(await search.inputValue()).toBe("j/k?x");
    // The list searches for it, and must not do so while the next page loads.
    await page.waitForURL((url) => url.searchParams.get("q") === "j/k?x");
    await visit("/organizations?view=table");
    const select = page.locator("#content select").first();
    await select.focus();
    await page.keyboard.press("/");
    expect(await hasFocus(select)).toBe(true);
    await select.blur();
    for (const key of ["Alt+j", "Shift+J", "Control+/"]) await page.keyboard.press(key);
    await page.evaluate(() =>
      document.body.dispatchEvent(
        new KeyboardEvent("keydown", { key: "j", bubbles: true, isComposing: true }),
      ),
    );
    expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
    await page.evaluate(() => {
      const editable = document.createElement("p");
      editable.id = "editable";
      editable.contentEditable = "true";
      document.querySelector("#content")?.append(editable);
      editable.focus();
    });
    await page.keyboard.type("jx");
    expect(await page.locator("#editable").textContent()).toBe("jx");
  });

  it("are turned off on the account page, and Ctrl K stays", async () => {
    await visit("/account");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Turn off single keys" }).click();
    await page.getByText("Single keys are off in this browser.").waitFor();
    await visit("/organizations?view=table");
    for (const key of ["j", "/", "?"]) await page.keyboard.press(key);
    expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
    expect(await page.getByRole("dialog").count()).toBe(0);
    await openPalette();
    await page.keyboard.press("Escape");
    await visit("/account");
    await page.getByRole("button", { name: "Turn on single keys" }).click();
    await page.getByText("Single keys are on in this browser.").waitFor();
  });
});

describe("views", () => {
  const navigation = () => page.getByRole("navigation", { name: "Main" });

  it("are saved from a list, starred in the navigation, renamed and removed", async () => {
    await visit("/organizations?sort=balance&status=active&page=1");
    await navigation().getByRole("link", { name: "Save view" }).click();
    await page.waitForURL((url) => url.pathname === "/views/new");
    await expectAccessible(page);
    const name = page.getByRole("textbox", { name: "Name", exact: true });
    await name.fill("Low balances");
    await page.getByRole("checkbox", { name: "Share it" }).check();
    await page.getByRole("button", { name: "Save view" }).click();
    await page.getByText("Low balances was saved and is in the navigation.").waitFor();
    expect(address()).toBe("/organizations?sort=balance&status=active");
    await visit("/audit");
    await navigation().getByRole("link", { name: "Low balances" }).click();
    await page.waitForURL((url) => url.search === "?sort=balance&status=active");
    await visit("/views/new?href=/members");
    await name.fill("LOW BALANCES");
    await page.getByRole("checkbox", { name: "Share it" }).check();
    await page.getByRole("button", { name: "Save view" }).click();
    await page.getByText("Another view has this name.").waitFor();
    expect(await name.inputValue()).toBe("LOW BALANCES");
    await visit("/views");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Unstar Low balances" }).click();
    await page.getByText("Low balances is no longer in the navigation.").waitFor();
    await expect.poll(() => navigation().getByRole("link", { name: "Low balances" }).count()).toBe(0);
    await page.getByRole("link", { name: "Edit Low balances" }).click();
    await page.waitForURL((url) => /^\/views\/\d+$/.test(url.pathname));
    await expectAccessible(page);
    await name.fill("Nearly spent");
    await page.getByRole("button", { name: "Rename" }).click();
    await page.getByText("The view was renamed.").waitFor();
    await page.getByRole("link", { name: "Edit Nearly spent" }).click();
    await page.getByRole("button", { name: "Remove view" }).click();
    await page.getByText("The view Nearly spent was removed.").waitFor();
    await page.getByRole("heading", { name: "No views yet" }).waitFor();
  });

  it("with an address elsewhere are not saved", async () => {
    for (const href of ["//evil.example/organizations", "/settings", ""]) {
      await visit(`/views/new?${new URLSearchParams({ href })}`);
      expect(address()).toBe("/views");
    }
  });
});

describe("without JavaScript", () => {
  it("the navigation leads to the page of results, whose links work", async () => {
    const context = await browser.newContext({
      baseURL: server.url,
      javaScriptEnabled: false,
      storageState: await page.context().storageState(),
    });
    const plain = await context.newPage();
    await plain.goto("/organizations");
    await plain.getByRole("link", { name: "Search", exact: true }).click();
    await plain.getByRole("searchbox", { name: "Search everything" }).fill("add 20 to PAL");
    await plain.keyboard.press("Enter");
    await plain.getByRole("link", { name: /Add 20 credits to Palette Studies/ }).click();
    expect(await plain.getByLabel("Amount").inputValue()).toBe("20");
    await plain.goto("/search?q=palette");
    await plain.getByRole("link", { name: /Palette Studies/ }).click();
    await plain.waitForURL("**/organizations/PAL");
    await context.close();
  });
});

it("no page had an error in its console", () => {
  expect(errors).toEqual([]);
});
