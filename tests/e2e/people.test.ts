import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  collectConsoleErrors,
  expectAccessible,
  launchBrowser,
  signIn,
  visit,
} from "#tests/support/browser.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let browser: Browser;
let page: Page;
let errors: string[];
const files = mkdtempSync(path.join(tmpdir(), "bursar-people-"));

/** Ana is person 1; Ana again, under another address and in another organization, person 2; Bo person 3. */
beforeAll(async () => {
  server = await startServer({ environment: { OWNER_EMAIL: OWNER, OWNER_PASSWORD: PASSWORD } });
  server.bursar("credit-type", "create", "SGD Credits", "--currency", "SGD", "--rate", "100");
  const file = (name: string, text: string) => {
    const target = path.join(files, name);
    writeFileSync(target, text);
    return target;
  };
  const organizations = "name,code,credit_type\nLaw,LAW,SGD Credits\nArts,ART,SGD Credits\n";
  server.bursar("import", "organizations", file("organizations.csv", organizations));
  const members =
    "organization,name,email\nLAW,Ana,ana@example.edu\nART,Ana G.,ana.g@example.edu\nLAW,Bo,bo@example.edu\n";
  server.bursar("import", "members", file("members.csv", members));
  browser = await launchBrowser();
  page = await (await browser.newContext({ baseURL: server.url })).newPage();
  errors = collectConsoleErrors(page);
  await signIn(page, OWNER, PASSWORD);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(files, { recursive: true, force: true });
});

const address = () => page.url().replace(server.url, "");
const sees = (text: string) => page.getByText(text, { exact: true }).waitFor();

describe("a person", () => {
  it("gets and loses former emails", async () => {
    await page.goto("/members/1");
    await page.getByLabel("Former email").fill("ana.old@example.edu");
    await page.getByRole("button", { name: "Add former email" }).click();
    await page.getByRole("button", { name: "Remove ana.old@example.edu" }).waitFor();
    await expect.poll(() => page.getByLabel("Former email").inputValue()).toBe("");
    await page.getByLabel("Former email").fill("bo@example.edu");
    await page.getByRole("button", { name: "Add former email" }).click();
    await sees("bo@example.edu is the email of Bo.");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Remove ana.old@example.edu" }).click();
    await sees("No former emails. When Ana’s email changes, the old one is kept here.");
  });

  it("is merged with another after a preview", async () => {
    await page.goto("/members/1");
    await page.getByRole("link", { name: "Merge with another person" }).click();
    await page.getByLabel("Email of the other person").fill("nobody@example.edu");
    await page.getByRole("button", { name: "Preview" }).click();
    await sees("There is no member with the email nobody@example.edu.");
    await page.getByLabel("Email of the other person").fill("ana.g@example.edu");
    await page.getByRole("button", { name: "Preview" }).click();
    await sees("Ana gets the memberships in ART.");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Merge", exact: true }).click();
    await page.waitForURL("**/members/1");
    await page.getByRole("button", { name: "Remove ana.g@example.edu" }).waitFor();
    const organizations = page.getByRole("table", { name: "Organizations" }).locator("tbody tr");
    await expect.poll(() => organizations.count()).toBe(2);
    expect((await page.goto("/members/2"))?.status()).toBe(404);
  });

  it("is removed with the last membership, from the list and from the person's page", async () => {
    await visit(page, "/organizations/LAW/members");
    await page.getByRole("button", { name: "Actions for Bo" }).click();
    await page.getByRole("link", { name: "Remove Bo from Law" }).click();
    await page.getByText("This is the person’s only membership, so the person is removed too.").waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await page.waitForURL("**/organizations/LAW/members");
    await expect.poll(() => page.locator("tbody tr").count()).toBe(1);
    await visit(page, "/members/1");
    for (const organization of ["Law", "Arts"]) {
      await page.getByRole("button", { name: `Actions for Ana in ${organization}` }).click();
      await page.getByRole("link", { name: `Remove Ana from ${organization}` }).click();
      await page.getByRole("button", { name: "Remove", exact: true }).click();
      await page.waitForURL((url) => !url.pathname.endsWith("/remove"));
    }
    expect(address()).toBe("/members");
    expect(server.bursar("verify").ok).toBe(true);
    expect(errors.filter((error) => !error.includes("404"))).toEqual([]);
  });
});
