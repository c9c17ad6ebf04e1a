import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectConsoleErrors, expectAccessible, launchBrowser, signIn } from "#tests/support/browser.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

// A new portal from nothing to its first members, by the keyboard alone: no test of this file presses a pointer.

let server: TestServer;
let browser: Browser;
let page: Page;
let errors: string[];
const folder = makeTemporaryDirectory();

beforeAll(async () => {
  server = await startServer({ environment: { OWNER_EMAIL: OWNER, OWNER_PASSWORD: PASSWORD } });
  browser = await launchBrowser();
  page = await (await browser.newContext({ baseURL: server.url })).newPage();
  errors = collectConsoleErrors(page);
  await signIn(page, OWNER, PASSWORD);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  removeDirectory(folder);
});

/** What a screen reader would call the element with the focus, more or less. */
const focused = () =>
  page.evaluate(() => {
    const element = document.activeElement;
    const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : null;
    return element?.getAttribute("aria-label") ?? label ?? element?.textContent ?? "";
  });

/** Presses Tab, or Shift and Tab, until the focus is on the control with this name. */
async function until(name: string, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  const names: string[] = [];
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press(key);
    const now = await focused();
    if (now === name) return;
    names.push(now);
  }
  throw new Error(`the keyboard does not reach “${name}”, but ${names.join(" · ")}`);
}

/** Goes to the control by Tab and presses Enter. */
async function enter(name: string): Promise<void> {
  await until(name);
  await page.keyboard.press("Enter");
}

/** Waits for a form whose first field has the focus, and types into its fields in order; null leaves one as it is. */
async function fill(firstLabel: string, texts: readonly (string | null)[]): Promise<void> {
  await expect.poll(focused).toBe(firstLabel);
  for (const [index, text] of texts.entries()) {
    if (index > 0) await page.keyboard.press("Tab");
    if (text !== null) await type(text);
  }
  await page.keyboard.press("Enter");
}

/** What the list with the focus has chosen; null where the focus is elsewhere. */
const chosen = () =>
  page.evaluate(() =>
    document.activeElement instanceof HTMLSelectElement
      ? (document.activeElement.selectedOptions[0]?.text ?? "")
      : null,
  );

/** Types into the field with the focus, or searches in the list with it. */
async function type(text: string): Promise<void> {
  if ((await chosen()) === null) return page.keyboard.type(text);
  // A letter that comes a second after the last one begins another search in a list: then it is typed again.
  await expect
    .poll(
      async () => {
        await page.keyboard.type(text);
        return (await chosen())?.startsWith(text);
      },
      { interval: 1_500 },
    )
    .toBe(true);
}

const step = (name: string) => page.getByRole("listitem").filter({ hasText: name });
const isDone = (name: string) => step(name).getByLabel("Done").count();

describe("the list of first steps", () => {
  it.each([
    ["light", 1280],
    ["dark", 390],
  ] as const)("has nothing for axe to find, %s and %i pixels wide", async (colorScheme, width) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.goto("/organizations");
    await page.getByRole("region", { name: "Get this portal ready" }).waitFor();
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it("is worked off by the keyboard alone, and ticks itself", async () => {
    await page.goto("/organizations");
    await enter("Define a credit type");
    await page.waitForURL("**/credit-types/new");
    await fill("Credit Type Name", ["SGD Credits", "SGD", "100"]);
    await page.waitForURL((url) => url.pathname === "/credit-types");

    await page.goto("/organizations");
    expect([await isDone("Define a credit type"), await isDone("Fill its pool")]).toEqual([1, 0]);
    await enter("Fill its pool");
    await page.waitForURL("**/credit-types");
    await page.getByRole("heading", { name: "Credit types", exact: true }).waitFor();
    await enter("Record purchase for SGD Credits");
    await fill("Amount", ["10,000"]);
    await page.getByText("10,000 credits were purchased for SGD Credits").waitFor();

    await page.goto("/organizations");
    await enter("Set up an organization");
    await page.waitForURL("**/organizations/new");
    await fill("Organization Name", ["School of Law", "LAW"]);
    await page.getByText("School of Law was created and is active.").waitFor();

    await page.goto("/organizations");
    await enter("Put members into it");
    await page.waitForURL("**/members/new");
    await fill("Organization", ["LAW", "Ana", "ana@example.edu"]);
    await page.getByText("Ana was added to LAW.").waitFor();

    await page.goto("/organizations");
    await enter("Make an API key");
    await page.waitForURL("**/api-keys/new");
    await expect.poll(focused).toBe("Name");
    await page.keyboard.type("Essay coach");
    await until("Organization");
    // In one piece: the suggestion for the first letters is no answer to all of them yet, and Enter does not take it.
    await page.keyboard.insertText("school");
    await page.getByRole("option", { name: "School of Law" }).waitFor();
    await page.keyboard.press("Enter");
    expect(await page.getByLabel("Organization", { exact: true }).inputValue()).toBe("LAW");
    await page.keyboard.press("Enter");
    await page.getByText("Essay coach was created.").waitFor();

    await page.goto("/organizations");
    const steps = page.getByRole("region", { name: "Get this portal ready" });
    expect(await steps.getByLabel("Done").count()).toBe(5);
    await enter("Hide this list");
    await steps.waitFor({ state: "detached" });
  });
});

describe("the list of organizations", () => {
  it("gives credits to a selection by the keyboard alone, after a preview", async () => {
    await page.goto("/organizations");
    await until("Select School of Law");
    await page.keyboard.press("Space");
    await until("Add credits", "Shift+Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Add credits to 1 organization" }).waitFor();
    await fill("Amount", ["250"]);
    await page.getByText("250 credits to 1 organization.").waitFor();
    await expectAccessible(page);
    await expect.poll(focused).toBe("Add 250 credits");
    await page.keyboard.press("Enter");
    await page.getByText("250 credits were added to 1 organization.").waitFor();
  });

  it("is saved as a view and opened again by the keyboard alone", async () => {
    await page.goto("/organizations?sort=name");
    await enter("Save view");
    await page.waitForURL((url) => url.pathname === "/views/new");
    await fill("Name", ["By name"]);
    await page.getByText("By name was saved and is in the navigation.").waitFor();
    await page.goto("/members");
    await enter("By name");
    await page.waitForURL("**/organizations?sort=name");
    await expectAccessible(page);
  });
});

describe("the import page", () => {
  const lines = [
    "name,code,credit_type",
    "Science,SCI,INR Credits",
    "Arts,ART,INR Credits",
    "Law,LAW,SGD Credits",
  ];
  const file = path.join(folder, "faculties.csv");
  writeFileSync(file, `${lines.join("\n")}\n`);

  it("takes a file that is dropped beside its field, and axe finds nothing while it is over the frame", async () => {
    await page.goto("/organizations/import");
    const field = page.getByLabel("CSV or Excel file");
    const files = await page.evaluateHandle((text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], "dropped.csv", { type: "text/csv" }));
      return transfer;
    }, lines.join("\n"));
    const frame = page.getByText("Or drop a file here.");
    await frame.dispatchEvent("dragover", { dataTransfer: files });
    await expectAccessible(page);
    await frame.dispatchEvent("drop", { dataTransfer: files });
    expect(await field.evaluate((input: HTMLInputElement) => input.files?.[0]?.name)).toBe("dropped.csv");
  });

  it("is worked by the keyboard alone: the file, the remedy of grouped errors, and the same file again", async () => {
    await page.goto("/organizations/import");
    const chooser = page.waitForEvent("filechooser");
    await until("CSV or Excel file");
    await page.keyboard.press("Enter");
    await (await chooser).setFiles(file);
    await enter("Preview");
    await page.getByText("There is no credit type named INR Credits").first().waitFor();
    await expectAccessible(page);
    const preview = page.url();
    await enter("Create INR Credits");
    await page.waitForURL((url) => url.pathname === "/credit-types/new");
    expect(await page.getByLabel("Credit Type Name").inputValue()).toBe("INR Credits");
    // The currency is in the name.
    expect(await page.getByLabel("Currency Code").inputValue()).toBe("INR");
    await fill("Credit Type Name", [null, null, "1"]);
    await page.waitForURL(preview);
    await page.getByText("There is no credit type named INR Credits").first().waitFor();
    await enter("Check again");
    await page.getByText("1 error.").waitFor();
    await expectAccessible(page);
  });
});

it("the preview of members leads to the organization that the file lacks, and back", async () => {
  await page.goto("/members/import");
  const lines = ["organization,email", "MED,bo@example.edu", "MED,cy@example.edu"];
  await page
    .getByLabel("CSV or Excel file")
    .setInputFiles({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from(lines.join("\n")) });
  await enter("Preview");
  const missing = page.getByText("There is no organization with the code MED.").first();
  await missing.waitFor();
  const preview = page.url();
  await enter("Create the organization");
  await page.waitForURL((url) => url.pathname === "/organizations/new");
  expect(await page.getByLabel("Organization Code").inputValue()).toBe("MED");
  await fill("Organization Name", ["Medicine", null, "SGD", null]);
  await page.waitForURL(preview);
  await enter("Check again");
  await missing.waitFor({ state: "detached" });
});

it("leaves nothing in the browser's console", () => expect(errors).toEqual([]));
