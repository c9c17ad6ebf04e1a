import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { collectConsoleErrors, expectAccessible, launchBrowser, signIn } from "#tests/support/browser.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let plain: BrowserContext;
let errors: string[];
let page: Page;

beforeAll(async () => {
  server = await startServer({ environment: { OWNER_EMAIL: OWNER, OWNER_PASSWORD: PASSWORD } });
  server.bursar("credit-type", "create", "SGD Credits", "--currency", "SGD", "--rate", "100");
  browser = await launchBrowser();
  context = await browser.newContext({ baseURL: server.url });
  page = await context.newPage();
  errors = collectConsoleErrors(page);
  await signIn(page, OWNER, PASSWORD);
  await page.goto("/organizations/new");
  await page.getByLabel("Organization Name").fill("School of Law");
  await page.getByLabel("Organization Code").fill("LAW");
  await page.getByRole("button", { name: "Create Organization" }).click();
  await page.getByText("School of Law was created").waitFor();
  plain = await browser.newContext({
    baseURL: server.url,
    javaScriptEnabled: false,
    storageState: await context.storageState(),
  });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Pages of one form, each with the label of its first field. */
const FORMS = {
  "/organizations/new": "Organization Name",
  "/organizations/LAW/credits/add": "Amount",
  "/credit-types/new": "Credit Type Name",
  "/credit-types/1/edit": "Credit Type Name",
  "/credit-types/1/purchase": "Amount",
  "/members/new": "Organization",
  "/members/new?organization=LAW": "Name",
  "/api-keys/new": "Name",
  "/views/new?href=/organizations": "Name",
  "/account/password": "Current password",
};

/** The label of the element that has the focus. */
const focused = (of: Page) =>
  of.evaluate(() => {
    const element = document.activeElement;
    return element instanceof HTMLInputElement ? (element.labels?.[0]?.textContent ?? "") : element?.tagName;
  });

it.each(["on", "off"])(
  "with JavaScript %s a page of one form opens with the focus in its first field",
  async (script) => {
    const form = script === "on" ? page : await plain.newPage();
    const labels: Record<string, unknown> = {};
    for (const [address, label] of Object.entries(FORMS)) {
      await form.goto(address);
      await expect.poll(() => focused(form), { message: address }).toBe(label);
      labels[address] = await focused(form);
    }
    expect(labels).toEqual(FORMS);
  },
);

it("a link of the portal to such a page leads into its first field too", async () => {
  await page.goto("/credit-types");
  await page.getByRole("link", { name: "Add Credit Type" }).click();
  await page.waitForURL("**/credit-types/new");
  await expect.poll(() => focused(page)).toBe("Credit Type Name");
});

it.each(["on", "off"])(
  "with JavaScript %s a refusal moves the focus to the first field at fault",
  async (script) => {
    const form = script === "on" ? page : await plain.newPage();
    await form.goto("/organizations/new");
    await form.getByLabel("Organization Name").fill("Another school");
    await form.getByLabel("Organization Code").fill("law");
    await form.getByRole("button", { name: "Create Organization" }).click();
    await form.getByText("The code law is taken by School of Law.").waitFor();
    await expect.poll(() => focused(form)).toBe("Organization Code");
    expect(await form.getByLabel("Organization Name").inputValue()).toBe("Another school");
  },
);

it("a dialog asks before Escape discards what was typed", async () => {
  await page.goto("/organizations");
  await page.getByRole("link", { name: "Create Organization" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Organization Name").waitFor();
  await expect.poll(() => focused(page)).toBe("Organization Name");
  await page.keyboard.type("Half a na");
  await page.keyboard.press("Escape");
  await dialog.getByText("Discard what you typed?").waitFor();
  await expectAccessible(page);
  await page.keyboard.press("Enter");
  await dialog.getByText("Discard what you typed?").waitFor({ state: "hidden" });
  expect(await dialog.getByLabel("Organization Name").inputValue()).toBe("Half a na");
  await page.keyboard.press("Escape");
  await dialog.getByRole("button", { name: "Discard" }).click();
  await dialog.waitFor({ state: "hidden" });
});

it("an organization is found by a part of its name, and the only match is taken", async () => {
  await page.goto("/members/new");
  await page.getByRole("combobox", { name: "Organization" }).fill("school");
  await page.getByText("Its code, e.g. MKT.").waitFor();
  await expect
    .poll(() => page.getByRole("listbox", { name: "Suggestions" }).getByRole("option").allTextContents())
    .toEqual(["School of Law LAW"]);
  await expectAccessible(page);
  await page.keyboard.press("Tab");
  await expect.poll(() => page.getByRole("combobox", { name: "Organization" }).inputValue()).toBe("LAW");
  await page
    .getByRole("paragraph")
    .filter({ hasText: /^School of Law$/ })
    .waitFor();
});

it("a password can be looked at before it is sent", async () => {
  const visitor = await (await browser.newContext({ baseURL: server.url })).newPage();
  await visitor.goto("/sign-in");
  await expect.poll(() => focused(visitor)).toBe("Email");
  const password = visitor.getByLabel("Password", { exact: true });
  await password.fill(PASSWORD);
  await visitor.getByRole("button", { name: "Show what you typed" }).click();
  await expect.poll(() => password.getAttribute("type")).toBe("text");
  await expectAccessible(visitor);
  await visitor.getByLabel("Email", { exact: true }).fill(OWNER);
  await visitor.getByRole("button", { name: "Sign in", exact: true }).click();
  await visitor.waitForURL("**/organizations");
});

it("logs nothing in the console", () => expect(errors).toEqual([]));
