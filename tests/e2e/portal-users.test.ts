import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { write } from "#db/client.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { insertUser } from "#lib/portal-users/commands/records.ts";
import { expectAccessible, hasFocus, launchBrowser, signIn, visit } from "#tests/support/browser.ts";
import { operator, value } from "#tests/support/builders.ts";
import { inDatabase, makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let browser: Browser;
const directory = makeTemporaryDirectory();

beforeAll(async () => {
  await inDatabase(directory, async () => {
    value(await createPortalUser({ email: OWNER, role: "owner", password: PASSWORD }, operator));
    await write((tx) => {
      for (let n = 10; n < 70; n++) insertUser(tx, `staff-${n}@example.edu`, "none");
    });
  });
  server = await startServer({ directory });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  removeDirectory(directory);
});

describe.each([true, false])("the list of portal users, with JavaScript: %s", (javaScriptEnabled) => {
  let context: BrowserContext;
  let page: Page;
  beforeAll(async () => {
    context = await browser.newContext({ baseURL: server.url, javaScriptEnabled });
    page = await context.newPage();
    await signIn(page, OWNER, PASSWORD);
  });
  afterAll(() => context?.close());

  const address = () => page.url().replace(server.url, "");
  const headings = () => page.getByRole("listitem").getByRole("heading").allTextContents();
  // Each run has people of its own.
  const [disabled, changed] = javaScriptEnabled ? ["staff-61", "staff-62"] : ["staff-63", "staff-64"];

  it("has pages, and a form leads back to its own page", async () => {
    await page.goto("/settings/users");
    await page.getByText("1–50 of 61").waitFor();
    expect((await headings()).slice(0, 2)).toEqual([OWNER, "staff-10@example.edu"]);
    await page.getByRole("link", { name: "Page 2" }).click();
    await page.getByText("51–61 of 61").waitFor();
    expect(await headings()).toHaveLength(11);
    await page.getByText(`Disable for ${disabled}@example.edu`).click();
    await page.getByRole("button", { name: `Disable account ${disabled}@example.edu` }).click();
    await page.getByText(`${disabled}@example.edu was disabled.`).waitFor();
    await page.getByRole("button", { name: `Enable ${disabled}@example.edu` }).waitFor();
    expect(address()).toBe("/settings/users?page=2");
    expect(await headings()).toHaveLength(11);
  });

  it("is searched, and a form keeps the search", async () => {
    await (javaScriptEnabled ? visit(page, "/settings/users?page=2") : page.goto("/settings/users?page=2"));
    const search = page.getByLabel("Search portal users");
    await search.fill(changed.toUpperCase());
    if (!javaScriptEnabled) await page.getByRole("button", { name: "Apply" }).click();
    await page.waitForURL(`**/settings/users?q=${changed.toUpperCase()}`);
    await expect.poll(headings).toEqual([`${changed}@example.edu`]);
    if (javaScriptEnabled) expect(await hasFocus(search)).toBe(true);
    await page.getByLabel(`Role of ${changed}@example.edu`).selectOption("admin");
    await page.getByRole("button", { name: `Change role of ${changed}@example.edu` }).click();
    await page.getByText(`The role of ${changed}@example.edu was changed`).waitFor();
    expect(address()).toBe(`/settings/users?q=${changed.toUpperCase()}`);
    expect(await headings()).toEqual([`${changed}@example.edu`]);
  });

  it("is also on pages where their emails are set, and a form leads back to its own page", async () => {
    await page.goto("/settings/notifications");
    await page.getByRole("link", { name: "Page 2" }).click();
    await page.getByRole("link", { name: "Change the emails of staff-69@example.edu" }).click();
    await page.getByRole("link", { name: "Cancel" }).click();
    await page
      .getByRole("listitem")
      .filter({ hasText: "staff-69@example.edu" })
      .getByText("no enterprise role")
      .waitFor();
    if (javaScriptEnabled) await expectAccessible(page);
    await page.getByRole("link", { name: "Change the emails of staff-69@example.edu" }).click();
    await page.getByLabel(javaScriptEnabled ? "Once a day" : "At once").check();
    await page.getByRole("button", { name: "Save emails" }).click();
    await page.getByText("The emails of staff-69@example.edu were saved.").waitFor();
    expect(address()).toBe("/settings/notifications?page=2");
    await page.getByRole("link", { name: "Change the emails of staff-69@example.edu" }).waitFor();
    await page.goto("/settings/notifications?page=x");
    await page.getByText("Ignored, because not understood").waitFor();
    await page.getByText(/^1–50 of/).waitFor();
  });

  it("shows what is nearest to an address that it has not", async () => {
    await page.goto("/settings/users?page=99");
    await page.getByText("51–61 of 61").waitFor();
    await page.goto("/settings/users?page=x");
    await page.getByText("Ignored, because not understood").waitFor();
    await page.getByText("1–50 of 61").waitFor();
    if (javaScriptEnabled) await expectAccessible(page);
    await page.goto("/settings/users?q=nobody");
    await page.getByText("No portal user matches").waitFor();
    if (javaScriptEnabled) await expectAccessible(page);
    await page.getByRole("link", { name: "Show all portal users" }).click();
    await page.getByText("1–50 of 61").waitFor();
  });
});
