import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectConsoleErrors, expectAccessible, launchBrowser, signIn } from "#tests/support/browser.ts";
import { OWNER, PASSWORD, VIEWER } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let errors: string[];

beforeAll(async () => {
  server = await startServer({ environment: { OWNER_EMAIL: OWNER, OWNER_PASSWORD: PASSWORD } });
  server.bursar("credit-type", "create", "SGD Credits", "--currency", "SGD", "--rate", "100");
  server.bursar("user", "create", VIEWER, "--role", "viewer", "--password", PASSWORD);
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

const dialog = () => page.getByRole("dialog");
const historyRow = (kind: string) =>
  page.getByRole("table", { name: "History" }).getByRole("row").filter({ hasText: kind });

describe("the page of a credit type", () => {
  it("is reached by the card's name, and is empty at first", async () => {
    await page.goto("/credit-types");
    await page.getByRole("link", { name: "SGD Credits", exact: true }).click();
    await page.waitForURL("**/credit-types/1");
    await page.getByText("available. Nothing was purchased yet.").waitFor();
    await page.getByText("Purchases, allocations, returns and their reversals will appear here.").waitFor();
    await expectAccessible(page);
  });

  it("records a purchase in place, and shows it in the bar and the history", async () => {
    await page.getByRole("link", { name: "Record purchase for SGD Credits" }).click();
    await dialog().getByLabel("Amount").fill("1,000,000");
    await dialog().getByText("= S$10,000.00 · pool after: 1,000,000").waitFor();
    await dialog().getByLabel("Total paid").fill("9,500.505");
    await dialog().getByLabel("Invoice number").fill("INV-2026-7");
    await expectAccessible(page);
    await dialog().getByRole("button", { name: "Record purchase" }).click();
    await dialog().getByText("SGD has at most 2 decimal places.").waitFor();
    expect(await dialog().getByLabel("Amount").inputValue()).toBe("1,000,000");
    await dialog().getByLabel("Total paid").fill("9,500.50");
    await dialog().getByRole("button", { name: "Record purchase" }).click();
    await page.getByText("available of 1,000,000 purchased (100%)").waitFor();
    expect(new URL(page.url()).pathname).toBe("/credit-types/1");
    await expect.poll(() => historyRow("Purchase").textContent()).toContain("+1,000,000");
    expect(await historyRow("Purchase").textContent()).toContain("S$9,500.50 · INV-2026-7 · ");
    await page.getByText("They are worth S$10,000.00.").waitFor();
  });

  it("shows who draws from it, and links each entry", async () => {
    for (const code of ["MKT", "ENG"]) {
      await page.goto("/organizations/new");
      const name = code === "MKT" ? "Marketing" : "Engineering";
      await page.getByLabel("Organization Name").fill(name);
      await page.getByLabel("Organization Code").fill(code);
      await page.getByRole("button", { name: "Create Organization" }).click();
      await page.getByText(`${name} was created`).waitFor();
      server.bursar("credits", "allocate", code, code === "MKT" ? "250000" : "50000.5");
    }
    await page.goto("/credit-types/1");
    await page.getByText("699,999.5").first().waitFor();
    await page.getByText("available of 1,000,000 purchased (70%)").waitFor();
    const byBalance = page.getByRole("table", { name: "By balance" });
    expect(await byBalance.textContent()).toContain("Marketing MKT250,00083.3%");
    expect(await byBalance.textContent()).toContain("Engineering ENG50,000.516.7%");
    await page.getByRole("button", { name: "More actions for SGD Credits" }).click();
    await page.getByRole("link", { name: "Archive" }).waitFor();
    await expectAccessible(page);
    await page.getByRole("link", { name: "All organizations by balance" }).click();
    await page.waitForURL("**/organizations?type=1&sort=-balance");
    await page.goBack();
    await historyRow("Purchase").getByRole("link").first().click();
    await page.waitForURL("**/transactions/1");
    await page.getByText("= S$10,000.00").waitFor();
    await page.getByText("INV-2026-7").waitFor();
    await page.goto("/organizations/ENG/credits/add");
    await page.getByLabel("Amount").fill("700000");
    await page.getByText("more than there is: only 699,999.5 credits are in the pool").waitFor();
    await page.getByLabel("Amount").fill("500.5");
    await page.getByText("= S$5.01 · pool after: 699,499 · balance after: 50,501").waitFor();
    await expectAccessible(page);
  });

  it("works without JavaScript, and without the buttons for a viewer", async () => {
    const { cookies } = await context.storageState();
    const plain = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false });
    await plain.addCookies(cookies);
    const tab = await plain.newPage();
    await tab.goto("/credit-types/1");
    await tab.getByRole("button", { name: "More actions for SGD Credits" }).click();
    await tab.getByRole("link", { name: "Archive" }).click();
    await tab.waitForURL("**/credit-types/1/edit#archive");
    await tab.getByRole("button", { name: "Archive" }).waitFor();
    await tab.goto("/credit-types/1/purchase");
    await tab.getByLabel("Amount").fill("1 000");
    // The browser itself refuses a day to come.
    await tab.getByLabel("Purchase date").fill("2999-01-01");
    expect(await tab.locator("input:invalid").getAttribute("name")).toBe("purchaseDate");
    await tab.getByLabel("Purchase date").fill("2026-01-02");
    await tab.getByRole("button", { name: "Record purchase" }).click();
    await tab.getByText("They are worth S$10.00.").waitFor();
    await plain.close();
    const other = await browser.newContext({ baseURL: server.url });
    const viewer = await other.newPage();
    await signIn(viewer, VIEWER, PASSWORD);
    await viewer.goto("/credit-types/1");
    await viewer.getByRole("heading", { name: "History" }).waitFor();
    expect(await viewer.getByRole("button", { name: /^More actions/ }).count()).toBe(0);
    expect(await viewer.getByText("Record purchase").count()).toBe(0);
    expect((await viewer.request.get("/credit-types/99")).status()).toBe(404);
    expect((await viewer.request.get("/credit-types/x")).status()).toBe(404);
    await other.close();
  });
});

it("looks as it should", async () => {
  const folder = process.env.SCREENSHOTS;
  for (const [width, scheme] of [
    [1280, "light"],
    [1280, "dark"],
    [390, "light"],
    [390, "dark"],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto("/credit-types/1");
    await expectAccessible(page);
    if (folder) await page.screenshot({ path: `${folder}/type-${width}-${scheme}.png`, fullPage: true });
  }
});

it("reports no error in the console", () => {
  expect(errors).toEqual([]);
});
