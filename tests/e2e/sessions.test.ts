import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectConsoleErrors, expectAccessible, launchBrowser, signIn } from "#tests/support/browser.ts";
import { OWNER, PASSWORD, VIEWER } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

const PHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1";
const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";

let server: TestServer;
let browser: Browser;
let page: Page;
let errors: string[];

beforeAll(async () => {
  server = await startServer({ environment: { OWNER_EMAIL: OWNER, OWNER_PASSWORD: PASSWORD } });
  server.bursar("user", "create", VIEWER, "--role", "viewer", "--password", PASSWORD);
  browser = await launchBrowser();
  page = await (await browser.newContext({ baseURL: server.url, userAgent: FIREFOX })).newPage();
  errors = collectConsoleErrors(page);
  await signIn(page, OWNER, PASSWORD);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Signs in on another device. */
async function device(
  email: string,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ baseURL: server.url, userAgent: PHONE, ...options });
  const other = await context.newPage();
  await signIn(other, email, PASSWORD);
  return { context, page: other };
}

/** Where a page of the portal leads with this device's cookie. */
async function leadsTo(other: Page, address = "/organizations"): Promise<string> {
  await other.goto(address);
  return new URL(other.url()).pathname;
}

const row = (on: Page, name: string) => on.getByRole("listitem").filter({ hasText: name });

describe("one's own sessions", () => {
  it("are in the account menu, with device, address and last use, and the present one marked", async () => {
    const phone = await device(OWNER);
    await page.goto("/organizations");
    await page.getByRole("button", { name: /^Account menu/ }).click();
    await page.getByRole("link", { name: "Sessions" }).click();
    await page.waitForURL("**/account/sessions");
    await row(page, "Safari on iPhone").waitFor();
    expect(await row(page, "Firefox on Windows").textContent()).toMatch(
      /^Firefox on WindowsThis deviceSigned in \d\d\/\d\d\/\d{4} \d\d:\d\d from (127\.0\.0\.1|::1) · In use now$/,
    );
    expect(await row(page, "Safari on iPhone").textContent()).toMatch(
      /^Safari on iPhoneSigned in \d\d\/\d\d\/\d{4} \d\d:\d\d from (127\.0\.0\.1|::1) · Last used \d\d\/\d\d\/\d{4} \d\d:\d\dEnd session of Safari on iPhone, last used /,
    );
    expect(await row(page, "Firefox on Windows").getByRole("button").count()).toBe(0);
    await expectAccessible(page);
    await phone.context.close();
  });

  it("end one by one, by the keyboard", async () => {
    await page.goto("/account/sessions");
    await row(page, "Safari on iPhone").getByRole("button").focus();
    await page.keyboard.press("Enter");
    await page.getByText("1 session was ended.").waitFor();
    await row(page, "Safari on iPhone").waitFor({ state: "detached" });
    expect(new URL(page.url()).pathname).toBe("/account/sessions");
    expect(await leadsTo(page, "/account/sessions")).toBe("/account/sessions");
  });

  it("end on the other device at its next request", async () => {
    const phone = await device(OWNER);
    expect(await leadsTo(phone.page)).toBe("/organizations");
    await page.goto("/account/sessions");
    await page.getByRole("button", { name: "End all other sessions" }).click();
    await row(page, "Safari on iPhone").waitFor({ state: "detached" });
    expect(await leadsTo(phone.page)).toBe("/sign-in");
    expect(await leadsTo(page)).toBe("/organizations");
    await phone.context.close();
  });

  it("end without JavaScript", async () => {
    const here = await device(VIEWER, { javaScriptEnabled: false, userAgent: FIREFOX });
    const phones = [await device(VIEWER), await device(VIEWER), await device(VIEWER)];
    await here.page.goto("/account/password");
    await here.page
      .getByRole("navigation", { name: "Account" })
      .getByRole("link", { name: "Sessions" })
      .click();
    await row(here.page, "Safari on iPhone").first().getByRole("button").click();
    await here.page.getByText("1 session was ended.").waitFor();
    expect(await row(here.page, "Safari on iPhone").count()).toBe(2);
    await here.page.getByRole("button", { name: "End all other sessions" }).click();
    await here.page.getByText("2 sessions were ended.").waitFor();
    expect(await here.page.getByRole("button", { name: "End all other sessions" }).count()).toBe(0);
    for (const phone of phones) expect(await leadsTo(phone.page)).toBe("/sign-in");
    expect(await leadsTo(here.page, "/account/sessions")).toBe("/account/sessions");
    for (const { context } of [here, ...phones]) await context.close();
  });
});

describe("an owner", () => {
  it("ends another's sessions, one or all", async () => {
    const devices = [
      await device(VIEWER),
      await device(VIEWER, { userAgent: FIREFOX }),
      await device(VIEWER, { userAgent: FIREFOX }),
    ];
    await page.goto("/settings/users");
    await expectAccessible(page);
    // The one above ended its phones; its own first session goes on.
    await page.getByRole("link", { name: `4 sessions of ${VIEWER}` }).click();
    await page.waitForURL("**/settings/users/*/sessions");
    await expectAccessible(page);
    await row(page, "Safari on iPhone").getByRole("button").click();
    await page.getByText(`1 session of ${VIEWER} was ended.`).waitFor();
    await row(page, "Safari on iPhone").waitFor({ state: "detached" });
    expect(await leadsTo(devices[0]?.page ?? page)).toBe("/sign-in");
    expect(await leadsTo(devices[1]?.page ?? page)).toBe("/organizations");
    await page.getByRole("button", { name: "End all sessions" }).click();
    await page.getByText("Not signed in anywhere").waitFor();
    for (const { page: other } of devices) expect(await leadsTo(other)).toBe("/sign-in");
    for (const { context } of devices) await context.close();
    await page.goto("/audit");
    await row(page, "Sessions ended").first().waitFor();
    expect(await row(page, "Session ended").first().textContent()).toContain("Safari on iPhone");
  });

  it("finds no sessions of nobody, and one's own on the account's page", async () => {
    for (const id of ["99", "0", "x", "1%27"]) {
      expect((await page.goto(`/settings/users/${id}/sessions`))?.status()).toBe(404);
    }
    expect(await leadsTo(page, "/settings/users/1/sessions")).toBe("/account/sessions");
  });

  it("limits how long sessions last, also of those that have begun", async () => {
    await page.goto("/settings/security");
    expect(await page.getByLabel("Sessions last at most").inputValue()).toBe("14 days");
    await page.getByLabel("Sessions last at most").fill("100 days");
    await page.getByLabel("End a session without use after").fill("soon");
    const form = page.locator("form").filter({ has: page.getByLabel("Sessions last at most") });
    await form.getByRole("button", { name: "Save limits" }).click();
    await page.getByText("Between 1 hour and 90 days.", { exact: true }).waitFor();
    await page.getByText("Enter a number with its unit, such as “12 hours” or “14 days”.").waitFor();
    expect(await page.getByLabel("End a session without use after").inputValue()).toBe("soon");
    await expectAccessible(page);
    await page.getByLabel("Sessions last at most").fill("2d");
    await page.getByLabel("End a session without use after").fill("90 minutes");
    await form.getByRole("button", { name: "Save limits" }).click();
    await page.getByText("The limits of sessions were saved.").waitFor();
    await page.goto("/settings/security");
    expect(await page.getByLabel("Sessions last at most").inputValue()).toBe("2 days");
    expect(await page.getByLabel("End a session without use after").inputValue()).toBe("90 minutes");
    expect(server.bursar("verify").ok).toBe(true);
    expect(errors.filter((error) => !error.includes("404"))).toEqual([]);
  });
});
