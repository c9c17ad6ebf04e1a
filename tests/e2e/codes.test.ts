import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectConsoleErrors, launchBrowser, signIn } from "#tests/support/browser.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let browser: Browser;
let page: Page;
let errors: string[];

beforeAll(async () => {
  server = await startServer({ environment: { OWNER_EMAIL: OWNER, OWNER_PASSWORD: PASSWORD } });
  server.bursar("credit-type", "create", "SGD Credits", "--currency", "SGD", "--rate", "100");
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
const OLD = "/organizations/R%26D%20%2F%20C%2BD.x";
const NEW = "/organizations/A%2FB";
const PAGES = ["", "/members", "/transactions", "/api-keys", "/settings", "/credits/add", "/credits/return"];

describe("an organization with signs and spaces in its code", () => {
  it("is made, and each of its pages opens, by its address and by its tab", async () => {
    await page.goto("/organizations/new");
    await page.getByLabel("Organization Name").fill("Research");
    await page.getByLabel("Organization Code").fill("R&D / C+D.x");
    await page.getByRole("button", { name: "Create Organization" }).click();
    // The link to the alerts has the same word, "Alerts 1 open", once the job has noticed the empty organization.
    await page.getByRole("link", { name: "Open", exact: true }).click();
    await page.waitForURL(`**${OLD}`);
    for (const [tab, path] of [
      ["Members", "/members"],
      ["Transactions", "/transactions"],
      ["API keys", "/api-keys"],
      ["Settings", "/settings"],
    ] as const) {
      await page
        .getByRole("navigation", { name: "Organization", exact: true })
        .getByRole("link", { name: tab })
        .click();
      await page.waitForURL((url) => url.pathname === OLD + path);
    }
    for (const path of PAGES) {
      const answer = await page.goto(OLD + path);
      expect([path, answer?.status(), address()]).toEqual([path, 200, OLD + path]);
    }
    const file = await page.request.get(`${OLD}/members/export`);
    expect([file.status(), file.headers()["content-type"]]).toEqual([200, "text/csv; charset=utf-8"]);
  });

  it("redirects every page from a code that an owner corrected", async () => {
    server.bursar("credits", "purchase", "SGD Credits", "100");
    server.bursar("credits", "allocate", "R&D / C+D.x", "10");
    await page.goto(`${OLD}/settings`);
    await page.getByLabel("Organization Code").fill("A/B");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.waitForURL(`**${NEW}/settings`);
    await page.getByText("Former codes: R&D / C+D.x.").waitFor();
    for (const path of PAGES) {
      const answer = await page.goto(OLD + path);
      expect([path, answer?.status(), address()]).toEqual([path, 200, NEW + path]);
    }
    await page.goto(`${OLD}/members?role=viewer`);
    expect(address()).toBe(`${NEW}/members?role=viewer`);
    const file = await page.request.get(`${OLD}/members/export?format=figures`, { maxRedirects: 0 });
    expect([file.status(), file.headers().location?.replace(server.url, "")]).toEqual([
      307,
      `${NEW}/members/export?format=figures`,
    ]);
    expect(errors).toEqual([]);
  });
});
