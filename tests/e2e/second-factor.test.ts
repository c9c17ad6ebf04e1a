import { readFileSync } from "node:fs";
import path from "node:path";
import Sqlite from "better-sqlite3";
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  collectConsoleErrors,
  expectAccessible,
  hasFocus,
  launchBrowser,
  signIn,
} from "#tests/support/browser.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { authenticatorCode } from "#tests/support/second-factor.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  server = await startServer({ environment: { OWNER_EMAIL: OWNER, OWNER_PASSWORD: PASSWORD } });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Changes the running portal's database. */
function execute(sql: string): void {
  const database = new Sqlite(path.join(server.directory, "bursar.sqlite"), { timeout: 60_000 });
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}

/** Makes each session's last confirmation older than five minutes. */
const sixMinutesLater = () => execute("UPDATE portal_sessions SET confirmed_at = confirmed_at - 360000");

/** A new account with the same password. */
function account(name: string, role = "admin"): string {
  const email = `${name}@example.edu`;
  server.bursar("user", "create", email, "--role", role, "--password", PASSWORD);
  return email;
}

async function visitor(
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ baseURL: server.url, ...options });
  const page = await context.newPage();
  return { context, page };
}

const pathOf = (page: Page) => new URL(page.url()).pathname + new URL(page.url()).search;

async function passwordStep(page: Page, email: string): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("Email", { exact: true }).fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => url.pathname === "/sign-in/second-factor");
}

const code = (secret: string) => authenticatorCode(secret, new Date());
/**
 * The code of the next step, which the server accepts too. It is used after the set-up, because each code works once. The
 * code of the step before is refused when a step ends while it is on its way to the server.
 */
const nextCode = (secret: string) => authenticatorCode(secret, new Date(Date.now() + 30_000));

/** Sets up an authenticator app with the present step's code. @returns its secret and the recovery codes. */
async function addApp(page: Page): Promise<{ secret: string; recoveryCodes: string[] }> {
  await page.getByRole("button", { name: "Set up an authenticator app" }).click();
  await page.waitForURL((url) => url.pathname === "/account/authenticator");
  const key = await page.getByTestId("authenticator-key").textContent();
  const secret = (key ?? "").replaceAll(" ", "");
  await page.getByLabel("Code", { exact: true }).fill(code(secret));
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByTestId("recovery-codes").waitFor();
  // Without JavaScript the list is on screen while its end still arrives.
  await page.waitForLoadState();
  const recoveryCodes = await page.getByTestId("recovery-codes").locator("li").allTextContents();
  return { secret, recoveryCodes };
}

/** The recovery codes in the file that the page offers. */
async function downloadedCodes(page: Page): Promise<string[]> {
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe("bursar-recovery-codes.txt");
  return readFileSync(await file.path(), "utf8").match(/([A-Z2-9]{4}-){3}[A-Z2-9]{4}/g) ?? [];
}

describe("an authenticator app", () => {
  it("is set up and used without JavaScript", async () => {
    const email = account("paula");
    const { page, context } = await visitor({ javaScriptEnabled: false });
    await signIn(page, email, PASSWORD);
    await page.goto("/account");
    const { secret, recoveryCodes } = await addApp(page);
    expect(recoveryCodes).toHaveLength(10);
    expect(recoveryCodes[0]).toMatch(/^([A-HJ-NP-Z2-9]{4}-){3}[A-HJ-NP-Z2-9]{4}$/);
    expect(await downloadedCodes(page)).toEqual(recoveryCodes);
    await page.goto("/account");
    expect(await page.getByText("10 of 10 are left").count()).toBe(1);
    await page.goto("/account/authenticator");
    expect(await page.getByTestId("authenticator-key").count()).toBe(0);

    await context.clearCookies();
    await passwordStep(page, email);
    // The half of a sign-in opens nothing.
    await page.goto("/organizations");
    expect(pathOf(page)).toBe("/sign-in");
    await page.goto("/sign-in/second-factor");
    await page.getByLabel("Code", { exact: true }).fill("000000");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("This code is wrong").waitFor();
    await page.getByLabel("Code", { exact: true }).fill(nextCode(secret));
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.waitForURL((url) => url.pathname === "/organizations");

    await context.clearCookies();
    await passwordStep(page, email);
    await page.getByText("Use a recovery code").click();
    await page.getByLabel("Recovery code").fill(recoveryCodes[0] ?? "");
    await page.getByRole("button", { name: "Sign in with this code" }).click();
    await page.waitForURL((url) => url.pathname === "/organizations");
    await page.getByText("9 recovery codes are left.").waitFor();
    await context.close();
  });

  it("is drawn as a QR code that carries the key", async () => {
    const { page, context } = await visitor();
    const errors = collectConsoleErrors(page);
    await signIn(page, account("quentin"), PASSWORD);
    await page.goto("/account");
    await page.getByRole("button", { name: "Set up an authenticator app" }).click();
    await page.getByRole("img", { name: "QR code for the authenticator app" }).waitFor();
    await expectAccessible(page);
    expect(errors).toEqual([]);
    await context.close();
  });

  it("may be removed only after a confirmation, which asks for a code", async () => {
    const email = account("rosa");
    const { page, context } = await visitor();
    await signIn(page, email, PASSWORD);
    await page.goto("/account");
    const { secret } = await addApp(page);
    await page.getByRole("link", { name: "I have stored them" }).click();
    const removal = page.getByRole("group").filter({ hasText: "Remove the authenticator app" });
    // While one page replaces the other, the document has no title for a moment.
    await removal.waitFor();
    await expectAccessible(page);
    sixMinutesLater();
    await removal.locator("summary").click();
    await page.getByRole("button", { name: "Remove the authenticator app" }).click();
    await page.getByTestId("confirmation").waitFor();
    await expect.poll(() => hasFocus(page.getByTestId("confirmation").getByLabel("Code"))).toBe(true);
    await expectAccessible(page);
    await page.getByTestId("confirmation").getByLabel("Code").fill("000000");
    await page.getByRole("button", { name: "Remove the authenticator app" }).click();
    await page.getByText("This code is wrong").waitFor();
    await page.getByTestId("confirmation").getByLabel("Code").fill(nextCode(secret));
    await page.getByRole("button", { name: "Remove the authenticator app" }).click();
    await page.getByText("The authenticator app was removed.").waitFor();
    await context.close();
  });
});

/** An authenticator of the browser that holds passkeys and verifies the person. */
async function virtualAuthenticator(
  context: BrowserContext,
  page: Page,
): Promise<{ cdp: CDPSession; id: string }> {
  const cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId: id } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { cdp, id };
}

describe("a passkey", () => {
  it("is added, is the second factor, is the only one, and is removed", async () => {
    const email = account("sara");
    const { page, context } = await visitor();
    const errors = collectConsoleErrors(page);
    const { cdp, id } = await virtualAuthenticator(context, page);
    await signIn(page, email, PASSWORD);
    await page.goto("/account");
    await page.getByLabel("Name of the passkey").fill("Laptop");
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByTestId("recovery-codes").waitFor();
    await expectAccessible(page);
    expect(await downloadedCodes(page)).toHaveLength(10);
    await page.getByRole("link", { name: "I have stored them" }).click();
    await page.getByRole("heading", { name: "Laptop" }).waitFor();
    await expectAccessible(page);
    const { credentials } = await cdp.send("WebAuthn.getCredentials", { authenticatorId: id });
    expect(credentials).toHaveLength(1);
    expect(credentials[0]?.rpId).toBe("localhost");

    await context.clearCookies();
    await passwordStep(page, email);
    await expectAccessible(page);
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.waitForURL((url) => url.pathname === "/organizations");

    await context.clearCookies();
    await page.goto("/sign-in?callbackUrl=%2Fmembers");
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.waitForURL((url) => url.pathname === "/members");

    // An authenticator that does not verify the person is a second factor, and not the only one.
    await cdp.send("WebAuthn.setUserVerified", { authenticatorId: id, isUserVerified: false });
    await context.clearCookies();
    await page.goto("/sign-in");
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.getByText("No passkey was used.").waitFor();
    await cdp.send("WebAuthn.setUserVerified", { authenticatorId: id, isUserVerified: true });
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.waitForURL((url) => url.pathname === "/organizations");

    sixMinutesLater();
    await page.goto("/account");
    await page.getByRole("group").filter({ hasText: "Rename Laptop" }).locator("summary").click();
    await page.getByLabel("New name of Laptop").fill("Old laptop");
    await page.getByRole("button", { name: "Rename passkey" }).click();
    await page.getByText("The passkey was renamed.").waitFor();
    await expectAccessible(page);
    await page.getByRole("group").filter({ hasText: "Remove Old laptop" }).locator("summary").click();
    await page.getByRole("button", { name: "Remove Old laptop", exact: true }).click();
    const usePasskey = page.getByTestId("confirmation").getByRole("button", { name: "Use a passkey" });
    await expect.poll(() => hasFocus(usePasskey)).toBe(true);
    await usePasskey.click();
    await page.getByText("The passkey Old laptop was removed.").waitFor();
    await context.clearCookies();
    await page.goto("/sign-in");
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.getByText("This passkey was not accepted.").waitFor();
    await signIn(page, email, PASSWORD);
    expect(errors).toEqual([]);
    await context.close();
  });
});

describe("where a second factor is required", () => {
  it("a session without one is led to add one, and opens nothing else until then", async () => {
    const email = account("tom");
    const { page, context } = await visitor();
    await signIn(page, email, PASSWORD);
    execute("UPDATE settings SET require_second_factor = 1");
    await page.goto("/members?q=a");
    expect(pathOf(page)).toBe("/account?next=%2Fmembers%3Fq%3Da");
    await page.getByRole("heading", { name: "Add a second factor" }).waitFor();
    await expectAccessible(page);
    expect(await page.getByRole("link", { name: "Organizations" }).count()).toBe(0);
    for (const closed of ["/organizations", "/account/password", "/account/sessions", "/settings"]) {
      await page.goto(closed);
      expect([closed, new URL(page.url()).pathname]).toEqual([closed, "/account"]);
    }
    const file = await context.request.get("/organizations/export", { maxRedirects: 0 });
    expect(file.status()).toBe(307);
    await page.goto("/account?next=%2Fmembers%3Fq%3Da");
    const { secret } = await addApp(page);
    await page.getByRole("link", { name: "I have stored them" }).click();
    await page.waitForURL((url) => url.pathname === "/members");

    await context.clearCookies();
    await passwordStep(page, email);
    await page.getByLabel("Code", { exact: true }).fill(nextCode(secret));
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.waitForURL((url) => url.pathname === "/organizations");
    execute("UPDATE settings SET require_second_factor = 0");
    await context.close();
  });
});

describe.each([true, false])("an action that asks again, with JavaScript: %s", (javaScriptEnabled) => {
  it("keeps what was typed, and goes on after the password", async () => {
    const name = `una-${javaScriptEnabled}`;
    const { page, context } = await visitor({ javaScriptEnabled });
    await signIn(page, account(name), PASSWORD);
    execute("UPDATE settings SET ask_again_above = 1000000000");
    server.bursar("credit-type", "create", `Type ${name}`, "--currency", "SGD", "--rate", "100");
    const purchase = async (amount: string) => {
      await page.goto("/credit-types");
      await page
        .getByRole("listitem")
        .filter({ hasText: `Type ${name}` })
        .getByRole("link", { name: /Record purchase/ })
        .click();
      await page.getByLabel("Amount", { exact: true }).fill(amount);
      await page.getByLabel(/Note/).fill("the invoice of May");
      await page.getByRole("button", { name: "Record purchase" }).click();
    };
    // Signed in just now.
    await purchase("2000");
    await page.getByText(/2,000 credits were purchased/).waitFor();
    sixMinutesLater();
    // As much as the limit is not above it.
    await purchase("1000");
    await page.getByText(/1,000 credits were purchased/).waitFor();
    await purchase("1000.5");
    await page.getByTestId("confirmation").waitFor();
    expect(await page.getByLabel("Amount", { exact: true }).inputValue()).toBe("1000.5");
    expect(await page.getByLabel(/Note/).inputValue()).toBe("the invoice of May");
    await page.getByLabel("Your password").fill("wrong words");
    await page.getByRole("button", { name: "Record purchase" }).click();
    await page.getByText("This is not your password.").waitFor();
    expect(await page.getByLabel("Amount", { exact: true }).inputValue()).toBe("1000.5");
    // axe is a script in the page.
    if (javaScriptEnabled) await expectAccessible(page);
    await page.getByLabel("Your password").fill(PASSWORD);
    await page.getByRole("button", { name: "Record purchase" }).click();
    await page.getByText(/1,000.5 credits were purchased/).waitFor();
    // The next one within five minutes asks nothing.
    await purchase("3000");
    await page.getByText(/3,000 credits were purchased/).waitFor();
    execute("UPDATE settings SET ask_again_above = NULL");
    await context.close();
  });
});

describe("a person who has lost something", () => {
  it("gets a new password, which does not go around the second factor", async () => {
    const email = account("vera");
    const { page, context } = await visitor({ javaScriptEnabled: false });
    await signIn(page, email, PASSWORD);
    await page.goto("/account");
    const { secret } = await addApp(page);
    const { link } = server.bursar("user", "reset", email);
    await context.clearCookies();
    await page.goto(new URL(String(link)).pathname);
    await page.getByLabel("New password").fill(`${PASSWORD} again`);
    await page.getByRole("button", { name: "Set password and sign in" }).click();
    await page.waitForURL((url) => url.pathname === "/sign-in/second-factor");
    await page.getByLabel("Code", { exact: true }).fill(nextCode(secret));
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.waitForURL((url) => url.pathname === "/organizations");

    server.bursar("user", "reset-second-factor", email);
    await page.goto("/organizations");
    expect(new URL(page.url()).pathname).toBe("/sign-in");
    await signIn(page, email, `${PASSWORD} again`);
    await context.close();
  });

  it("gets the second factor removed by an owner, and the audit shows it", async () => {
    const email = account("wim");
    const { page, context } = await visitor();
    await signIn(page, email, PASSWORD);
    await page.goto("/account");
    await addApp(page);
    await context.clearCookies();
    await signIn(page, OWNER, PASSWORD);
    await page.goto("/settings/users");
    await page.getByText(`Reset second factor for ${email}`).click();
    await page.getByRole("button", { name: `Remove the second factors of ${email}` }).click();
    await page.getByText(`The second factors of ${email} were removed.`).waitFor();
    await page.goto("/audit");
    await page.getByText("Second factor reset").filter({ visible: true }).first().waitFor();
    await context.clearCookies();
    await signIn(page, email, PASSWORD);
    await context.close();
  });
});
