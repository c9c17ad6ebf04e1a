import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectConsoleErrors, expectAccessible, launchBrowser, signIn } from "#tests/support/browser.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let browser: Browser;
let page: Page;
let errors: string[];

const DEAN = "dean@example.edu";
const ANA = "ana@example.edu";

beforeAll(async () => {
  server = await startServer({ environment: { OWNER_EMAIL: OWNER, OWNER_PASSWORD: PASSWORD } });
  server.bursar("credit-type", "create", "SGD Credits", "--currency", "SGD", "--rate", "100");
  browser = await launchBrowser();
  page = await (await browser.newContext({ baseURL: server.url })).newPage();
  errors = collectConsoleErrors(page);
  await signIn(page, OWNER, PASSWORD);
  for (const [name, code] of [
    ["Faculty of Law", "LAW"],
    ["School of Art", "ART"],
  ] as const) {
    await page.goto("/organizations/new");
    await page.getByLabel("Organization Name").fill(name);
    await page.getByLabel("Organization Code").fill(code);
    await page.getByRole("button", { name: "Create Organization" }).click();
    await page
      .getByText(/was created/)
      .first()
      .waitFor();
  }
  server.bursar("user", "create", DEAN, "--role", "admin", "--organization", "LAW", "--password", PASSWORD);
  server.bursar("user", "create", ANA, "--role", "viewer", "--tag", "site:lyon", "--password", PASSWORD);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function as(email: string): Promise<{ context: BrowserContext; tab: Page }> {
  const context = await browser.newContext({ baseURL: server.url });
  const tab = await context.newPage();
  await signIn(tab, email, PASSWORD);
  return { context, tab };
}
const status = async (tab: Page, url: string) => (await tab.goto(url))?.status();
const user = (email: string) =>
  page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: email }) });

describe("a user with access to one organization", () => {
  it("sees it alone, and nothing of the others", async () => {
    const { context, tab } = await as(DEAN);
    await tab.goto("/organizations?q=");
    expect(await status(tab, "/organizations/LAW")).toBe(200);
    expect(await status(tab, "/organizations/ART")).toBe(404);
    expect(await status(tab, "/organizations/LAW/settings")).toBe(200);
    expect(await status(tab, "/settings/users")).toBe(404);
    expect(await status(tab, "/credit-types")).toBe(404);
    await context.close();
  });

  it("gives another user access to it, and takes it again", async () => {
    const { context, tab } = await as(DEAN);
    await tab.goto("/organizations/LAW/settings");
    await tab.getByRole("heading", { name: "Who may manage this" }).waitFor();
    await tab.getByLabel("Email of a portal user").fill("nobody@example.edu");
    await tab.getByRole("button", { name: "Give access" }).click();
    await tab.getByText("No active portal user has this email. An owner can invite them.").waitFor();
    expect(await tab.getByLabel("Email of a portal user").inputValue()).toBe("nobody@example.edu");
    await tab.getByLabel("Email of a portal user").fill(ANA);
    await tab.getByRole("button", { name: "Give access" }).click();
    await tab.getByText(`${ANA} has access now.`).waitFor();
    await expectAccessible(tab);
    const other = await as(ANA);
    expect(await status(other.tab, "/organizations/LAW")).toBe(200);
    await tab.getByRole("button", { name: `Remove Admin of LAW from ${ANA}` }).click();
    await tab.getByText(`The access of ${ANA} was removed.`).waitFor();
    // It counts from the next request, in the session that is open.
    expect(await status(other.tab, "/organizations/LAW")).toBe(404);
    await other.context.close();
    await context.close();
  });
});

describe("an owner", () => {
  it("gives access to organizations and tags, and is told which code is wrong", async () => {
    await page.goto("/settings/users");
    await user(ANA).getByText("Give access to organizations").click();
    await user(ANA).getByLabel("Organizations or tags").fill("ART, NOPE");
    await user(ANA).getByRole("button", { name: "Give access" }).click();
    await page.getByText("There is no organization NOPE.").waitFor();
    expect(await user(ANA).getByLabel("Organizations or tags").inputValue()).toBe("ART, NOPE");
    const scopes = user(ANA).getByLabel("Organizations or tags");
    await scopes.fill("");
    await scopes.pressSequentially("scho");
    await page.getByRole("option", { name: /ART/ }).click();
    expect(await scopes.inputValue()).toBe("ART");
    await scopes.pressSequentially(", faculty:arts");
    await user(ANA).getByRole("button", { name: "Give access" }).click();
    await page.getByText(`${ANA} has access now.`).waitFor();
    expect(await user(ANA).getByRole("listitem").locator("p:first-child").allTextContents()).toEqual([
      "Viewer of site:lyon",
      "Admin of ART",
      "Admin of faculty:arts",
    ]);
    await expectAccessible(page);
  });

  it("invites a viewer of one organization", async () => {
    await page.goto("/settings/users");
    await page.getByLabel("Email", { exact: true }).fill("new@example.edu");
    await page.getByLabel("Only for").fill("LAW");
    await page.getByRole("button", { name: "Invite" }).click();
    await page.getByTestId("one-time-link").waitFor();
    await page.goto("/settings/users");
    expect(
      await user("new@example.edu").getByRole("listitem").locator("p:first-child").allTextContents(),
    ).toEqual(["Viewer of LAW"]);
  });

  it("does all of it without JavaScript", async () => {
    const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false });
    const tab = await context.newPage();
    await signIn(tab, OWNER, PASSWORD);
    await tab.goto("/settings/users");
    const dean = tab.getByRole("listitem").filter({ has: tab.getByRole("heading", { name: DEAN }) });
    await dean.getByText("Give access to organizations").click();
    await dean.getByLabel("Organizations or tags").fill("ART");
    await dean.getByRole("button", { name: "Give access" }).click();
    await tab.getByText(`${DEAN} has access now.`).waitFor();
    await tab.getByRole("button", { name: `Remove Admin of ART from ${DEAN}` }).click();
    await tab.getByText(`The access of ${DEAN} was removed.`).waitFor();
    await context.close();
  });
});

it("nothing was logged to the console", () => {
  expect(errors).toEqual([]);
});
