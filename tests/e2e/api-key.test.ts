import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectConsoleErrors, expectAccessible, launchBrowser, signIn } from "#tests/support/browser.ts";
import { leaveTimeInDay } from "#tests/support/clock.ts";
import { OWNER, PASSWORD, VIEWER } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let errors: string[];
let key: string;

beforeAll(() => leaveTimeInDay(), 240_000);
beforeAll(async () => {
  server = await startServer({ environment: { OWNER_EMAIL: OWNER, OWNER_PASSWORD: PASSWORD } });
  server.bursar("credit-type", "create", "SGD Credits", "--currency", "SGD", "--rate", "100");
  server.bursar("credits", "purchase", "SGD Credits", "1000");
  server.bursar("user", "create", VIEWER, "--role", "viewer", "--password", PASSWORD);
  browser = await launchBrowser();
  context = await browser.newContext({ baseURL: server.url });
  page = await context.newPage();
  errors = collectConsoleErrors(page);
  await signIn(page, OWNER, PASSWORD);
  await page.goto("/organizations/new");
  await page.getByLabel("Organization Name").fill("Faculty of Law");
  await page.getByLabel("Organization Code").fill("LAW");
  await page.getByRole("button", { name: "Create Organization" }).click();
  await page.getByText(/was created/).waitFor();
  await page.goto("/members/new?organization=LAW");
  await page.getByLabel("Name").fill("Ana");
  await page.getByLabel("Email").fill("ana@example.edu");
  await page.getByRole("button", { name: "Add member" }).click();
  await page.getByText("Ana was added to LAW.").waitFor();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Sends what the shown program of curl sends. */
async function runShownCurl(): Promise<number> {
  const code = (await page.getByRole("region", { name: "Program in curl" }).textContent()) ?? "";
  const [, url = "", authorization = "", body = ""] =
    /^curl -sS '(.+?)' .*'Authorization: (.+?)' .*-d '(.+)'$/s.exec(code) ?? [];
  const response = await fetch(url, {
    method: "POST",
    headers: { Authorization: authorization, "Content-Type": "application/json" },
    body,
  });
  return response.status;
}

const figure = (label: string) =>
  page.locator("dl > div", { has: page.getByText(label, { exact: true }) }).locator("dd");

describe("after a key was created", () => {
  it("a quick start has the key filled in, and tells of a refusal and of the first event as they come", async () => {
    await page.goto("/organizations/LAW/api-keys");
    await page.getByRole("link", { name: "Create API key" }).click();
    await page.getByLabel("Name").fill("Essay coach");
    await page.getByRole("button", { name: "Create API key" }).click();
    key = (await page.getByTestId("api-key").textContent()) ?? "";
    await page.getByText("Waiting for the first event…").waitFor();
    const program = page.getByRole("region", { name: "Program in curl" });
    expect(await program.textContent()).toContain(
      `curl -sS '${server.url}/api/v1/usage' \\\n  -H 'Authorization: Bearer ${key}'`,
    );
    expect(await program.textContent()).toContain('"member": "ana@example.edu"');
    await page.getByText("Python", { exact: true }).click();
    await page.getByRole("region", { name: "Program in Python" }).waitFor();
    await program.waitFor({ state: "hidden" });
    await page.getByText("curl", { exact: true }).click();
    await expectAccessible(page);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy program in curl" }).click();
    await page.getByRole("button", { name: "Copied in curl" }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(key);

    expect(await runShownCurl()).toBe(402);
    await page.getByText("A request of this key was refused: Not enough credits.").waitFor();
    server.bursar("credits", "allocate", "LAW", "100");
    expect(await runShownCurl()).toBe(201);
    await page.getByText("The first event has arrived.").waitFor();
    await expectAccessible(page);
    const opened = context.waitForEvent("page");
    await page.getByRole("link", { name: "See what this key reports" }).click();
    const other = await opened;
    await other.waitForURL("**/api-keys/1");
    await other.close();
    await page.getByTestId("api-key").waitFor();
  });

  it("the guide and the OpenAPI document are there without a session", async () => {
    const guide = await fetch(`${server.url}/api/v1/guide`);
    expect([guide.status, guide.headers.get("content-type")]).toEqual([200, "text/plain; charset=utf-8"]);
    expect(await guide.text()).toContain("# The usage API");
    expect((await fetch(`${server.url}/api/v1/guide`, { method: "POST" })).status).toBe(405);
  });
});

describe("the page of a key", () => {
  it("has what it spent, its last events and refusals, who made it, and never the key", async () => {
    await page.goto("/organizations/LAW/api-keys");
    await page.getByRole("link", { name: "Essay coach", exact: true }).click();
    await page.waitForURL("**/api-keys/1");
    await page.getByRole("heading", { name: "Essay coach" }).waitFor();
    expect(await figure("Spent in total").textContent()).toBe("0.01");
    expect(await figure("Spent this month").textContent()).toBe("0.01");
    expect(await figure("Events").textContent()).toBe("1");
    expect(await figure("Created").last().textContent()).toBe(`by ${OWNER}`);
    expect(await figure("Expires").first().textContent()).toBe("Never");
    await page.getByRole("heading", { name: "Spent per day, last 30 days" }).waitFor();
    expect(await page.getByRole("table", { name: "Transactions" }).textContent()).toContain("Ana");
    expect(await page.getByRole("table", { name: "Refusals" }).textContent()).toContain("Not enough credits");
    expect(await page.getByRole("region", { name: "Refused today" }).textContent()).toContain(
      "1 refused today: not enough credits",
    );
    expect(await page.content()).not.toContain(key);
    await page.locator("summary", { hasText: "Quick start" }).click();
    expect(await page.getByRole("region", { name: "Program in curl" }).textContent()).toContain(
      "bur_YOUR_KEY",
    );
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "light" });
  });

  it("revokes it in place", async () => {
    await page.goto("/api-keys/1");
    await page.getByRole("link", { name: "Revoke Essay coach" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await page.getByText(/Essay coach \(bur_.{8}…\) was revoked/).waitFor();
    expect(new URL(page.url()).pathname).toBe("/api-keys/1");
    await page.getByText("Revoked", { exact: true }).first().waitFor();
    expect(await page.getByRole("link", { name: "Revoke Essay coach" }).count()).toBe(0);
    expect(await page.locator("summary", { hasText: "Quick start" }).count()).toBe(0);
  });

  it("reads without JavaScript, where a new key's quick start works too", async () => {
    const plain = await browser.newContext({
      baseURL: server.url,
      javaScriptEnabled: false,
      storageState: await context.storageState(),
    });
    const tab = await plain.newPage();
    await tab.goto("/api-keys/new?organization=LAW");
    await tab.getByLabel("Name").fill("Gateway");
    await tab.getByRole("button", { name: "Create API key" }).click();
    await tab.getByText("Waiting for the first event…").waitFor();
    await tab.getByText("JavaScript", { exact: true }).click();
    await tab.getByRole("region", { name: "Program in JavaScript" }).waitFor();
    expect(await tab.getByRole("button", { name: /^Copy/ }).count()).toBe(0);
    // In another tab, because this one shows the key.
    const opened = plain.waitForEvent("page");
    await tab.getByRole("link", { name: "Look again" }).click();
    const other = await opened;
    await other.waitForURL("**/api-keys/2");
    // Playwright switches JavaScript off in a tab that a link opened only after its page has begun to load.
    await other.reload();
    await other.getByRole("link", { name: "Look again" }).click();
    await other.getByText("Waiting for the first event…").waitFor();
    expect(await other.content()).toContain("bur_YOUR_KEY");
    await plain.close();
  });

  it("does not exist for an id that no key has", async () => {
    for (const id of ["99", "x", "01"]) {
      expect([id, (await page.goto(`/api-keys/${id}`))?.status()]).toEqual([id, 404]);
    }
    errors.length = 0;
  });

  it("offers a viewer nothing that changes", async () => {
    const theirs = await browser.newContext({ baseURL: server.url });
    const tab = await theirs.newPage();
    await signIn(tab, VIEWER, PASSWORD);
    await tab.goto("/api-keys/2");
    await tab.getByRole("heading", { name: "Gateway" }).waitFor();
    expect(await tab.getByRole("link", { name: /^Revoke/ }).count()).toBe(0);
    await theirs.close();
  });
});

it("has had no errors in the console", () => {
  expect(errors).toEqual([]);
});
