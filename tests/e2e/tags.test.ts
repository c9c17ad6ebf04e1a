import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  collectConsoleErrors,
  expectAccessible,
  launchBrowser,
  signIn,
  visit,
} from "#tests/support/browser.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let browser: Browser;
let page: Page;
let errors: string[];
const folder = makeTemporaryDirectory();

beforeAll(async () => {
  server = await startServer({ environment: { OWNER_EMAIL: OWNER, OWNER_PASSWORD: PASSWORD } });
  server.bursar("credit-type", "create", "SGD Credits", "--currency", "SGD", "--rate", "100");
  const units = Array.from(
    { length: 30 },
    (_, n) => `Unit ${n},U-${n},SGD Credits,${n < 20 ? "site:lyon" : ""}`,
  );
  const file = path.join(folder, "units.csv");
  writeFileSync(file, ["name,code,credit_type,tags", ...units, ""].join("\n"));
  server.bursar("import", "organizations", file);
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

const address = () => decodeURIComponent(page.url().replace(server.url, ""));
const tagsField = (within: Page | Locator) => within.getByRole("combobox", { name: "Tags", exact: true });
const codes = () => page.getByRole("article").locator("header p").allTextContents();
const chips = (name: string) =>
  page.getByRole("list", { name, exact: true }).getByRole("listitem").allTextContents();

describe("tags", () => {
  it("are typed in one field, shown as chips, and refused with a reason while what was typed stays", async () => {
    await visit(page, "/organizations");
    await page.getByRole("link", { name: "+ Create Organization" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Organization Name").fill("Law");
    await dialog.getByLabel("Organization Code").fill("LAW");
    await tagsField(dialog).fill("Faculty:Law arts");
    await dialog.getByRole("button", { name: "Create Organization" }).click();
    await dialog.getByText("“arts” is not a tag. Write key:value, such as faculty:science.").waitFor();
    expect(await tagsField(dialog).inputValue()).toBe("Faculty:Law arts");
    // The word at the end is the one that is completed.
    await tagsField(dialog).fill("faculty:law SIT");
    await expect
      .poll(() => dialog.getByRole("listbox", { name: "Suggestions" }).getByRole("option").allTextContents())
      .toEqual(["site:lyon"]);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    expect(await tagsField(dialog).inputValue()).toBe("faculty:law site:lyon");
    // Escape closes the suggestions and not the dialog.
    await tagsField(dialog).fill("sit");
    await dialog.getByRole("option", { name: "site:lyon" }).waitFor();
    await page.keyboard.press("Escape");
    await dialog.getByRole("listbox").waitFor({ state: "hidden" });
    expect(await dialog.getByText("Discard what you typed?").count()).toBe(0);
    await tagsField(dialog).fill("Faculty:Law, site:lyon");
    expect(await chips("Tags in this field")).toEqual(["faculty:law", "site:lyon"]);
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Create Organization" }).click();
    await page.getByText("Law was created and is active.").waitFor();
    const card = page.getByRole("article").filter({ hasText: "LAW" });
    await expect
      .poll(() => card.getByRole("list", { name: "Tags" }).getByRole("listitem").allTextContents())
      .toEqual(["faculty:law", "site:lyon"]);
  });

  it("are suggested, and filter the list; the URL holds the filter", async () => {
    const answer = await page.request.get("/transactions/suggest?tag=FAC");
    expect(await answer.json()).toEqual([{ value: "faculty:law", label: "" }]);
    await visit(page, "/organizations");
    await page.getByLabel("Tag", { exact: true }).fill("Site:Lyon");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.searchParams.get("tag") === "site:lyon");
    await page.getByText("of 21", { exact: false }).first().waitFor();
    await page.getByLabel("Tag", { exact: true }).fill("faculty:law");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.searchParams.getAll("tag").length === 2);
    await expect.poll(codes).toEqual(["LAW"]);
    expect(address()).toBe("/organizations?tag=faculty:law&tag=site:lyon");
    await expectAccessible(page);
    await page.getByRole("link", { name: "Remove the filter site:lyon" }).click();
    await page.waitForURL("**/organizations?tag=faculty:law");
    await page.goto('/organizations?tag="><b>x:y&tag=&tag=faculty:law&tag=nonsense');
    expect(await codes()).toEqual(["LAW"]);
    const many = Array.from({ length: 1_000 }, (_, n) => `tag=k:${n}`).join("&");
    expect((await page.goto(`/organizations?${many}`))?.status()).toBe(200);
    await page.getByText("No organization matches").waitFor();
  });

  it("of one organization are not overwritten by a form that was opened before", async () => {
    const other = await page.context().newPage();
    await Promise.all([page.goto("/organizations/LAW/settings"), other.goto("/organizations/LAW/settings")]);
    await tagsField(other).fill("faculty:law site:nice");
    await other.getByRole("button", { name: "Save", exact: true }).click();
    await other.getByText("Law was saved.").waitFor();
    await other.close();
    await tagsField(page).fill("faculty:law cost-centre:4711");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("You typed faculty:law cost-centre:4711 · Now faculty:law site:nice").waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Law was saved.").waitFor();
    await page.goto("/organizations/LAW");
    expect(await chips("Tags")).toEqual(["cost-centre:4711", "faculty:law"]);
  });

  it("are added to a whole view after its question, and removed from a selection", async () => {
    await visit(page, "/organizations?sort=created&view=table");
    await page.getByLabel("Select Unit 0", { exact: true }).check();
    await page.getByLabel("All 31 in this view").check();
    await page.getByRole("button", { name: "Change tags" }).click();
    const dialog = page.getByRole("dialog");
    await tagsField(dialog).fill("site:lyon");
    await dialog.getByRole("button", { name: "Continue" }).click();
    await dialog.getByText("11 organizations of 31 will change. 20 have the tags already.").waitFor();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Add to 11 organizations" }).click();
    await page.getByText("site:lyon was added to 11 organizations.").waitFor();
    // The selection is emptied when the dialog closes, a moment after the message.
    await dialog.waitFor({ state: "hidden" });
    await page.getByLabel("Select Unit 0", { exact: true }).check();
    await page.getByLabel("Select Unit 1", { exact: true }).check();
    await page.getByRole("button", { name: "Change tags" }).click();
    await dialog.getByLabel("Remove tags").check();
    await tagsField(dialog).fill("site:lyon");
    await dialog.getByRole("button", { name: "Continue" }).click();
    await dialog.getByRole("button", { name: "Remove from 2 organizations" }).click();
    await page.getByText("site:lyon was removed from 2 organizations.").waitFor();
  });

  it("are renamed everywhere, merged after a question, and removed in the settings", async () => {
    await visit(page, "/settings/tags");
    await expectAccessible(page);
    await page.getByRole("link", { name: "Rename faculty:law" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("New tag").fill("School:Law");
    await dialog.getByRole("button", { name: "Rename" }).click();
    await page.getByText("faculty:law was renamed to school:law in 1 organization.").waitFor();
    await page.getByRole("link", { name: "Rename school:law" }).click();
    await dialog.getByLabel("New tag").fill("site:lyon");
    await dialog.getByRole("button", { name: "Rename" }).click();
    await dialog.getByText("site:lyon exists already.", { exact: false }).waitFor();
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Merge" }).click();
    await page.getByText("school:law was merged into site:lyon in 1 organization.").waitFor();
    await page.getByRole("link", { name: "Remove cost-centre:4711" }).click();
    await dialog.getByRole("button", { name: "Remove" }).click();
    await page.getByText("cost-centre:4711 was removed from 1 organization.").waitFor();
    await page.getByText("29 organizations").waitFor();
    await page.goto("/organizations/LAW");
    expect(await chips("Tags")).toEqual(["site:lyon"]);
    await page.goto("/audit");
    await page.getByRole("link", { name: "school:law" }).first().waitFor();
    expect(errors).toEqual([]);
  });

  it("work with JavaScript off", async () => {
    const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false });
    const plain = await context.newPage();
    await signIn(plain, OWNER, PASSWORD);
    await plain.goto("/organizations?sort=created");
    await plain.getByLabel("Tag", { exact: true }).fill("site:lyon");
    await plain.getByRole("button", { name: "Apply" }).click();
    await plain.waitForURL((url) => url.searchParams.getAll("tag").join(" ") === "site:lyon");
    await plain.getByLabel("Select Unit 2", { exact: true }).check();
    await plain.getByRole("button", { name: "Change tags" }).click();
    await tagsField(plain).fill("half");
    await plain.getByRole("button", { name: "Continue" }).click();
    await plain.getByText("“half” is not a tag.").waitFor();
    await tagsField(plain).fill("half:yes");
    await plain.getByRole("button", { name: "Continue" }).click();
    await plain.getByText("1 organization will change.").waitFor();
    await plain.getByRole("button", { name: "Add to 1 organization" }).click();
    await plain.getByText("half:yes was added to 1 organization.").waitFor();
    await plain.goto("/settings/tags");
    await plain.getByRole("link", { name: "Rename half:yes" }).click();
    await plain.getByLabel("New tag").fill("site:lyon");
    await plain.getByRole("button", { name: "Rename" }).click();
    await plain.getByText("site:lyon exists already.", { exact: false }).waitFor();
    await plain.getByRole("button", { name: "Merge" }).click();
    await plain.getByText("half:yes was merged into site:lyon in 1 organization.").waitFor();
    await plain.goto("/organizations/LAW/settings");
    await tagsField(plain).fill("faculty:law");
    await plain.getByRole("button", { name: "Save", exact: true }).click();
    await plain.getByText("Law was saved.").waitFor();
    expect(server.bursar("verify")).toMatchObject({ ok: true });
    await context.close();
  });
});
