import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  collectConsoleErrors,
  expectAccessible,
  hasFocus,
  launchBrowser,
  signIn,
} from "#tests/support/browser.ts";
import { OWNER, PASSWORD, VIEWER } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let errors: string[];

const bursar = (...args: string[]) => server.bursar(...args);

beforeAll(async () => {
  server = await startServer({ environment: { OWNER_EMAIL: OWNER, OWNER_PASSWORD: PASSWORD } });
  bursar("credit-type", "create", "SGD Credits", "--currency", "SGD", "--rate", "100");
  bursar("user", "create", VIEWER, "--role", "viewer", "--password", PASSWORD);
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

const card = () => page.locator("li", { has: page.getByRole("heading", { name: "SGD Credits" }) });
const dialog = () => page.getByRole("dialog");
const figure = async (label: string) =>
  page
    .locator("dl > div", { has: page.getByText(label, { exact: true }) })
    .locator("dd")
    .first()
    .textContent();

describe("credit types", () => {
  it("records a purchase in the dialog, with the keyboard alone; a bad amount stays at its field", async () => {
    await page.goto("/credit-types");
    await page.getByRole("link", { name: "Record purchase for SGD Credits" }).focus();
    await page.keyboard.press("Enter");
    await dialog().getByText("SGD Credits has 0 credits available.").waitFor();
    await dialog().getByLabel("Amount").focus();
    await page.keyboard.type("1,00");
    // The fields of the deal come first, and the parts of a date are stops of their own.
    const note = dialog().getByLabel("Note");
    for (let stops = 0; stops < 10 && !(await hasFocus(note)); stops += 1) await page.keyboard.press("Tab");
    await page.keyboard.type("PO-2026-117");
    await page.keyboard.press("Enter");
    await dialog().getByText("Enter a number, such as 1000 or 0.5.").waitFor();
    expect(await dialog().getByLabel("Note").inputValue()).toBe("PO-2026-117");
    await expectAccessible(page);
    await dialog().getByLabel("Amount").fill("1,000.5");
    await page.keyboard.press("Enter");
    await page
      .getByText("1,000.5 credits were purchased for SGD Credits, which now has 1,000.5 credits available.")
      .waitFor();
    await dialog().waitFor({ state: "hidden" });
    await expect
      .poll(() => card().textContent())
      .toMatch(/Available1,000\.5Total Purchased1,000\.5Total Spent0Organizations0/);
  });

  it("gives the next purchase an id of its own", async () => {
    await page.getByRole("link", { name: "Record purchase for SGD Credits" }).click();
    await dialog().getByLabel("Amount").fill("1000.5");
    await dialog().getByRole("button", { name: "Record purchase" }).click();
    await expect.poll(() => card().textContent()).toContain("Available2,001");
  });

  it("moves credits once for a form that is sent twice, and refuses other figures under its id", async () => {
    await page.goto("/credit-types/1/purchase");
    const id = await page.locator('input[name="requestId"]').inputValue();
    await page.getByLabel("Amount").fill("100");
    await page.getByRole("button", { name: "Record purchase" }).dblclick();
    await page.waitForURL("**/credit-types");
    await expect.poll(() => card().textContent()).toContain("Available2,101");

    const send = async (amount: string) => {
      await page.goto("/credit-types/1/purchase");
      // Where the form is sent, because React writes its own value into the hidden field while it hydrates the page.
      await page.evaluate((requestId) => {
        addEventListener("formdata", ({ formData }) => formData.set("requestId", requestId));
      }, id);
      await page.getByLabel("Amount").fill(amount);
      await page.getByRole("button", { name: "Record purchase" }).click();
    };
    await send("100");
    await page.getByText("This was already recorded, so no credits moved this time").waitFor();
    await send("101");
    await page.getByText("This form was already sent with different figures").waitFor();
    await page.goto("/credit-types");
    expect(await card().textContent()).toContain("Available2,101");
  });
});

describe("an organization", () => {
  it("is not made with more initial credits than the pool has", async () => {
    await page.goto("/organizations/new");
    await page.getByLabel("Organization Name").fill("Marketing");
    await page.getByLabel("Organization Code").fill("MKT");
    await page.getByText("More options").click();
    await page.getByLabel("Initial Credits").fill("2101.000001");
    await page.getByRole("button", { name: "Create Organization" }).click();
    await page.getByText("SGD Credits has 2,101 credits.").waitFor();
    expect(await page.getByLabel("Organization Name").inputValue()).toBe("Marketing");
    expect(await page.getByLabel("Initial Credits").inputValue()).toBe("2101.000001");
    expect((await page.request.get("/organizations/MKT")).status()).toBe(404);
    await page.getByLabel("Initial Credits").fill("101");
    await page.getByRole("button", { name: "Create Organization" }).click();
    await page.getByText("Marketing was created and is active, with 101 credits.").waitFor();
    await page.goto("/organizations/MKT");
    expect(await figure("Credit Balance")).toBe("101");
  });

  it("takes credits from the pool, and no more than there are", async () => {
    await page.getByRole("link", { name: "Add credits to Marketing" }).click();
    await dialog().getByText("SGD Credits has 2,000 credits available.").waitFor();
    await dialog().getByLabel("Amount").fill("2000.000001");
    await dialog().getByLabel("Note").fill("second quarter");
    await dialog().getByRole("button", { name: "Add credits" }).click();
    await dialog().getByText("SGD Credits has 2,000 credits.", { exact: true }).waitFor();
    expect(await dialog().getByLabel("Amount").inputValue()).toBe("2000.000001");
    expect(await dialog().getByLabel("Note").inputValue()).toBe("second quarter");
    await dialog().getByLabel("Amount").fill("2000");
    await dialog().getByRole("button", { name: "Add credits" }).click();
    await page
      .getByText("2,000 credits were added to Marketing, whose balance is now 2,101 credits.")
      .waitFor();
    await expect.poll(() => figure("Credit Balance")).toBe("2,101");
  });

  it("returns credits to the pool, and no more than its balance", async () => {
    const list = "/organizations?q=marketing";
    await page.goto(`/organizations/MKT/credits/return?back=${encodeURIComponent(list)}`);
    await page.getByText("The balance of Marketing is 2,101 credits.").waitFor();
    await expectAccessible(page);
    await page.getByLabel("Amount").fill("2102");
    await page.getByRole("button", { name: "Return credits" }).click();
    await page.getByText("Marketing has 2,101 credits.", { exact: true }).waitFor();
    await page.getByLabel("Amount").fill("1");
    await page.getByRole("button", { name: "Return credits" }).click();
    await page.waitForURL(`**${list}`);
    await page
      .getByText("1 credit was returned from Marketing, whose balance is now 2,100 credits.")
      .waitFor();
    expect(bursar("credits", "return", "mkt", "100", "--id", "script-0001")).toMatchObject({
      balance: "2000",
    });
    expect(bursar("credits", "return", "mkt", "100", "--id", "script-0001")).toMatchObject({
      repeated: true,
    });
  });

  it("is at hand on every tab of the organization, and the change of status in its menu", async () => {
    for (const tab of ["/members", "/transactions", "/refusals", "/api-keys", "/settings"]) {
      await page.goto(`/organizations/MKT${tab}`);
      await page.getByRole("link", { name: "Return credits from Marketing" }).waitFor();
      await page.getByRole("link", { name: "Add credits to Marketing" }).click();
      await dialog().getByLabel("Amount").fill("1");
      await dialog().getByRole("button", { name: "Add credits" }).click();
      await page.getByText("1 credit was added to Marketing").waitFor();
      expect(new URL(page.url()).pathname).toBe(`/organizations/MKT${tab}`);
    }
    await page.getByRole("link", { name: "Return credits from Marketing" }).click();
    await dialog().getByLabel("Amount").fill("5");
    await dialog().getByRole("button", { name: "Return credits" }).click();
    await page.getByText("5 credits were returned from Marketing").waitFor();
    await page.getByRole("button", { name: "Actions for Marketing" }).click();
    await page.getByRole("button", { name: "Deactivate Marketing" }).click();
    await dialog().getByText("New spending is blocked immediately.").waitFor();
    await dialog().getByRole("button", { name: "Cancel" }).click();
    await page.goto("/organizations/MKT");
    await page.getByText("Nothing was spent in the last 30 days").waitFor();
    const changes = page.getByRole("listitem").filter({ hasText: "Credits returned" });
    expect(await changes.first().textContent()).toMatch(/Credits returned · −5 #\d+ ?owner@example\.edu$/);
    await expectAccessible(page);
  });

  it("works without JavaScript, in the dark", async () => {
    const plain = await browser.newContext({
      baseURL: server.url,
      javaScriptEnabled: false,
      colorScheme: "dark",
    });
    await plain.addCookies(await context.cookies());
    const tab = await plain.newPage();
    await tab.goto("/organizations/MKT");
    await tab.getByRole("link", { name: "Add credits to Marketing" }).click();
    await tab.waitForURL("**/organizations/MKT/credits/add");
    await tab.getByLabel("Amount").fill("5000");
    await tab.getByLabel("Note").fill("kept");
    await tab.getByRole("button", { name: "Add credits" }).click();
    await tab.getByText("SGD Credits has 101 credits.", { exact: true }).waitFor();
    expect(await tab.getByLabel("Note").inputValue()).toBe("kept");
    await tab.getByLabel("Amount").fill("101");
    await tab.getByRole("button", { name: "Add credits" }).click();
    await tab.getByText("whose balance is now 2,101 credits.").waitFor();
    await plain.close();
  });

  it("is accessible in the dark", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    for (const url of ["/credit-types", "/credit-types/1/purchase", "/organizations/MKT/credits/add"]) {
      await page.goto(url);
      await expectAccessible(page);
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto("/credit-types");
    await expectAccessible(page);
  });
});

describe("a viewer", () => {
  it("sees the figures and moves nothing", async () => {
    const theirs = await browser.newContext({ baseURL: server.url });
    const tab = await theirs.newPage();
    await signIn(tab, VIEWER, PASSWORD);
    await tab.goto("/credit-types");
    await tab.getByText("Total Purchased").waitFor();
    expect(await tab.getByRole("link", { name: /^Record purchase/ }).count()).toBe(0);
    await tab.goto("/organizations/MKT");
    expect(await tab.getByRole("link", { name: /(Add|Return) credits/ }).count()).toBe(0);
    for (const url of [
      "/credit-types/1/purchase",
      "/organizations/MKT/credits/add",
      "/organizations/MKT/credits/return",
    ]) {
      expect([url, (await tab.goto(url))?.status()]).toEqual([url, 403]);
    }
    await theirs.close();
  });
});

it("no page complained in the console", () => {
  // The browser reports an answer of 404 that a test asked for.
  expect(errors.filter((error) => !/status of 404/.test(error))).toEqual([]);
});
