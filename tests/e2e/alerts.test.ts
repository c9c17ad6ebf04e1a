import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { collectConsoleErrors, expectAccessible, launchBrowser, signIn } from "#tests/support/browser.ts";
import { leaveTimeInDay } from "#tests/support/clock.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let browser: Browser;
let page: Page;
let errors: string[];
let key: string;
const folder = makeTemporaryDirectory();

let sent = 0;
async function spend(organization: string, credits: string): Promise<void> {
  sent += 1;
  const member = `${organization.toLowerCase()}@example.edu`;
  const answer = await fetch(`${server.url}/api/v1/usage`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ id: `e-${sent}`, organization, member, application: "essay-coach", credits }),
  });
  await answer.arrayBuffer();
  expect(answer.status).toBe(201);
}

/** A picture for a person to look at, where `SCREENSHOTS` names a folder. */
async function picture(name: string, on = page): Promise<void> {
  const to = process.env.SCREENSHOTS;
  if (!to) return;
  mkdirSync(to, { recursive: true });
  await on.screenshot({ path: path.join(to, `${name}.png`), fullPage: true });
}

const items = (on = page) => on.getByRole("list", { name: "Alerts" }).getByRole("listitem");
const tab = (name: string, on = page) =>
  on.getByRole("navigation", { name: "State" }).getByRole("link", { name });

beforeAll(() => leaveTimeInDay(), 240_000);
beforeAll(async () => {
  server = await startServer({ environment: { OWNER_EMAIL: OWNER, OWNER_PASSWORD: PASSWORD } });
  server.bursar("credit-type", "create", "SGD Credits", "--currency", "SGD", "--rate", "100");
  server.bursar("credits", "purchase", "SGD Credits", "100000");
  const file = (name: string, lines: string[]) => {
    const at = path.join(folder, name);
    writeFileSync(at, `${lines.join("\n")}\n`);
    return at;
  };
  server.bursar(
    "import",
    "organizations",
    file("units.csv", [
      "name,code,credit_type,monthly_allowance_per_member",
      "Faculty of Law,LAW,SGD Credits,",
      "Fine Arts,ART,SGD Credits,1000",
    ]),
  );
  server.bursar(
    "import",
    "members",
    file("people.csv", [
      "organization,name,email",
      "LAW,Ana García,law@example.edu",
      "ART,Bo Li,art@example.edu",
    ]),
  );
  server.bursar("credits", "allocate", "LAW", "1000");
  server.bursar("credits", "allocate", "ART", "50000");
  key = String(server.bursar("api-key", "create", "--enterprise").key);
  browser = await launchBrowser();
  page = await (await browser.newContext({ baseURL: server.url, acceptDownloads: true })).newPage();
  errors = collectConsoleErrors(page);
  await signIn(page, OWNER, PASSWORD);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  removeDirectory(folder);
});

it("shows an alert as soon as a spend has crossed a limit, with a count in the navigation", async () => {
  await page.goto("/alerts?kind=balance_share");
  await page.getByText("No alert matches").waitFor();
  await spend("LAW", "850");
  await page.goto("/alerts?kind=balance_share");
  expect(await items().count()).toBe(1);
  expect(await items().first().textContent()).toContain(
    "Faculty of Law · Balance below 20% of the last allocation150 credits (S$1.50) left; the last allocation was 1,000 credits (S$10.00).",
  );
  const link = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Alerts" });
  expect(await link.textContent()).toMatch(/^Alerts[1-9] open$/);
  await expectAccessible(page);
});

it("leads to its remedy, and the top-up resolves it", async () => {
  await page.goto("/alerts?kind=balance_share");
  await page.getByRole("link", { name: "Add credits to Faculty of Law" }).click();
  await page.waitForURL("**/organizations/LAW/credits/add?**");
  expect(await page.getByLabel("Amount").inputValue()).toBe("1000");
  await page.getByRole("button", { name: "Add credits" }).click();
  await page.waitForURL("**/alerts?kind=balance_share");
  await page.getByText("No alert matches").waitFor();
  await tab("Resolved").click();
  await page.waitForURL("**/alerts?state=resolved&kind=balance_share");
  expect(await items().first().textContent()).toContain("Resolved Credits were added, ");
  await expectAccessible(page);
});

it("acknowledges one alert and the selected ones", async () => {
  await spend("LAW", "1140");
  await spend("ART", "800");
  await page.goto("/alerts");
  const before = await items().count();
  expect(before).toBeGreaterThan(2);
  await picture("alerts-light");
  await page.setViewportSize({ width: 360, height: 800 });
  await page.emulateMedia({ colorScheme: "dark" });
  await picture("alerts-dark-narrow");
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 720 });
  // On paper are the alerts alone.
  await page.emulateMedia({ media: "print" });
  for (const item of await items().all()) expect(await item.isVisible()).toBe(true);
  for (const control of await page.getByRole("main").locator("button, input").all()) {
    expect(await control.isVisible()).toBe(false);
  }
  expect(await page.getByText("An alert that you acknowledge leaves this list").isVisible()).toBe(false);
  await page.emulateMedia({ media: "screen" });
  await page
    .getByRole("button", { name: "Acknowledge Bo Li in Fine Arts: 80% of an allowance used" })
    .press("Enter");
  await page.getByText("1 alert was acknowledged.").waitFor();
  // Its button is gone.
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("content");
  await page.getByRole("button", { name: "Acknowledge selected" }).click();
  await page.getByText("Select alerts from the list.").waitFor();
  for (const box of await page.getByRole("checkbox").all()) await box.check();
  await page.getByRole("button", { name: "Acknowledge selected" }).click();
  await page.getByText("Nothing needs attention").waitFor();
  await tab("Acknowledged").click();
  await page.waitForURL("**/alerts?state=acknowledged");
  expect(await items().count()).toBe(before);
  await page.getByText(`Acknowledged by ${OWNER}`).first().waitFor();
});

it("hides the alerts of a rule from the person who mutes it, and shows them again", async () => {
  await page.goto("/alerts?state=acknowledged&kind=allowance_share");
  await page.getByRole("button", { name: "Mute for me" }).click();
  await page.getByText("are hidden from you.").waitFor();
  await page.getByText("No alert matches").waitFor();
  await page.goto("/alerts?state=acknowledged&kind=allowance_share&muted=show");
  await page.getByRole("button", { name: "Unmute" }).first().click();
  await page.getByText("are shown to you again.").waitFor();
});

it("lists the rules that a person has muted, also those without an alert", async () => {
  await page.goto("/alerts?state=acknowledged&kind=balance_share");
  await page.getByRole("button", { name: "Mute for me" }).first().click();
  await page.getByText("are hidden from you.").waitFor();
  await page.goto("/alerts?state=open&muted=show");
  const rules = page.getByRole("region", { name: "Rules that you have muted" });
  expect(await rules.getByRole("listitem").allTextContents()).toEqual([
    "Balance below 20% of the last allocationEverythingUnmute Balance below 20% of the last allocation",
  ]);
  await expectAccessible(page);
  await page.emulateMedia({ media: "print" });
  expect(await rules.getByRole("listitem").isVisible()).toBe(true);
  await page.emulateMedia({ media: "screen" });
  await rules.getByRole("button", { name: "Unmute" }).click();
  await page.getByText("are shown to you again.").waitFor();
  expect(await rules.count()).toBe(0);
});

it("works without JavaScript", async () => {
  await spend("ART", "200");
  const context = await browser.newContext({
    baseURL: server.url,
    javaScriptEnabled: false,
    storageState: await page.context().storageState(),
  });
  const plain = await context.newPage();
  await plain.goto("/alerts");
  expect(await items(plain).count()).toBe(1);
  await plain.getByRole("button", { name: "Acknowledge Bo Li in Fine Arts: Whole allowance used" }).click();
  await plain.getByText("1 alert was acknowledged.").waitFor();
  await plain.getByText("Nothing needs attention").waitFor();
  await plain.goto("/alerts?state=acknowledged");
  await plain.getByRole("combobox", { name: "About" }).selectOption("allowance_share");
  await plain.getByRole("button", { name: "Apply" }).click();
  await plain.waitForURL("**/alerts?state=acknowledged&kind=allowance_share");
  expect(await items(plain).count()).toBe(2);
  await plain.getByRole("button", { name: "Mute for me" }).first().click();
  await plain.getByText("are hidden from you.").waitFor();
  await context.close();
});

it("keeps rules: adds one, changes it, and shows what is wrong", async () => {
  await page.goto("/settings/alerts");
  await page.getByRole("link", { name: "New rule" }).click();
  await page.waitForURL("**/settings/alerts/new");
  await page.getByLabel("Threshold").fill("0");
  await page.getByLabel("Organization").fill("NOPE");
  await page.getByRole("button", { name: "Add rule" }).click();
  await page.getByText("Must be more than 0.").waitFor();
  await page.getByLabel("Threshold").fill("60000");
  await page.getByRole("button", { name: "Add rule" }).click();
  await page.getByText("There is no organization with the code NOPE.").waitFor();
  await page.getByLabel("Organization").fill("ART");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Add rule" }).click();
  await page.waitForURL("**/settings/alerts");
  await page.getByText("The rule “Balance below 60,000 credits” was added.").waitFor();
  await page.getByRole("link", { name: "Change Balance below 60,000 credits" }).click();
  await page.getByLabel("Status").selectOption("off");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save rule" }).click();
  await page.getByText("The rule was saved.").waitFor();
});

it("exports what the view shows, and tells when the data was last backed up and checked", async () => {
  await page.goto("/alerts?state=resolved");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Export CSV" }).click(),
  ]);
  const text = readFileSync(await download.path(), "utf8");
  expect(text).toMatch(/^\uFEFFid,opened_at,local_date,/);
  expect(text).toContain(
    ",resolved,balance_share,Balance below 20% of the last allocation,Faculty of Law,LAW,",
  );
  await page.goto("/settings/health");
  await page.getByText("Never, as far as this portal knows.").first().waitFor();
  server.bursar("verify");
  await page.reload();
  await page.getByText("0 minutes ago").waitFor();
  await page.getByText("Recent", { exact: true }).waitFor();
  await expectAccessible(page);
  // Without a rule, no age is too old.
  await page.goto("/settings/alerts");
  await page
    .getByRole("link", { name: /^Change Data not verified/ })
    .first()
    .click();
  await page.getByLabel("Status").selectOption("off");
  await page.getByRole("button", { name: "Save rule" }).click();
  await page.getByText("The rule was saved.").waitFor();
  await page.goto("/settings/health");
  await page.getByText("No rule watches its age.").waitFor();
  expect(await page.getByText("Recent", { exact: true }).count()).toBe(0);
  expect(errors).toEqual([]);
});
