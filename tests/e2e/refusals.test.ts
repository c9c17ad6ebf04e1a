import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  collectConsoleErrors,
  expectAccessible,
  launchBrowser,
  signIn,
  visit,
} from "#tests/support/browser.ts";
import { leaveTimeInDay, leaveTimeInMinute } from "#tests/support/clock.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { eventually, startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let browser: Browser;
let page: Page;
let errors: string[];
let key: string;
const folder = makeTemporaryDirectory();

let sent = 0;
async function report(change: object): Promise<number> {
  sent += 1;
  const event = {
    id: `e-${sent}`,
    organization: "LAW",
    member: "ana@example.edu",
    application: "essay-coach",
  };
  const answer = await fetch(`${server.url}/api/v1/usage`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ ...event, credits: "1", ...change }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

const rows = (on = page) => on.getByRole("table", { name: "Refusals" }).getByRole("row");
/** A picture for a person to look at, where `SCREENSHOTS` names a folder. */
async function picture(name: string, on = page): Promise<void> {
  const to = process.env.SCREENSHOTS;
  if (!to) return;
  mkdirSync(to, { recursive: true });
  await on.screenshot({ path: path.join(to, `${name}.png`), fullPage: true });
}

beforeAll(() => leaveTimeInDay(), 240_000);
beforeAll(async () => {
  server = await startServer({ environment: { OWNER_EMAIL: OWNER, OWNER_PASSWORD: PASSWORD } });
  server.bursar("credit-type", "create", "SGD Credits", "--currency", "SGD", "--rate", "100");
  server.bursar("credits", "purchase", "SGD Credits", "10000");
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
      "Faculty of Law,LAW,SGD Credits,100",
      "Fine Arts,ART,SGD Credits,",
    ]),
  );
  server.bursar(
    "import",
    "members",
    file("people.csv", [
      "organization,name,email",
      "LAW,Ana García,ana@example.edu",
      "ART,Bo Li,bo@example.edu",
    ]),
  );
  server.bursar("credits", "allocate", "LAW", "5000");
  server.bursar("credits", "allocate", "ART", "40");
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

it("has nothing to show on a new portal, and explains what will come", async () => {
  await page.goto("/organizations");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Refusals" }).click();
  await page.getByText("Nothing was refused").waitFor();
  await page.getByText("and be kept for 90 days.").waitFor();
  await expectAccessible(page);
});

it("shows who was refused, why and what was left, a second later", async () => {
  // Equal refusals of a minute are one row.
  await leaveTimeInMinute();
  expect(await report({ credits: "150" })).toBe(402);
  expect(await report({ credits: "150" })).toBe(402);
  expect(await report({ organization: "ART", member: "bo@example.edu", credits: "90" })).toBe(402);
  expect(await report({ organization: "NIX" })).toBe(404);
  expect(await report({ member: "eve@example.edu", application: "=tutor" })).toBe(404);
  await eventually("the refusals", async () => {
    await page.goto("/refusals");
    return (await rows().count()) === 5 ? true : null;
  });
  const texts = (await rows().allTextContents()).join("\n");
  expect(texts).toContain("Over the allowance2 requests");
  expect(texts).toContain("Not enough credits");
  expect(texts).toContain("NIX");
  expect(texts).toContain("eve@example.edu");
  await expectAccessible(page);
  await picture("refusals-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await expectAccessible(page);
  await picture("refusals-dark");
  await page.setViewportSize({ width: 360, height: 800 });
  await picture("refusals-narrow");
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 720 });
});

it("filters by reason at once and by text with Enter; Back undoes it", async () => {
  await visit(page, "/refusals");
  await page.getByLabel("Reason").selectOption("Member not found");
  await page.waitForURL("**/refusals?code=member_not_found");
  await expect.poll(() => rows().count()).toBe(2);
  await page.getByLabel("Member", { exact: true }).fill("ana@example.edu");
  await page.keyboard.press("Enter");
  await page.getByText("No refusal matches").waitFor();
  await page.waitForURL(/member=1/);
  await page.goBack();
  await expect.poll(() => rows().count()).toBe(2);
  await page.goto("/refusals?code=nonsense&from=2026-13-40&organization=nobody");
  await page.getByText("No organization has the code").waitFor();
  await page.goto("/refusals?member=ana");
  expect(page.url()).toMatch(/\/refusals\?member=1$/);
});

it("opens the filled form that helps", async () => {
  await page.goto("/refusals?code=insufficient_credits");
  await page.getByRole("link", { name: "Add credits to Fine Arts" }).click();
  await page.waitForURL("**/organizations/ART/credits/add?**");
  expect(await page.getByLabel("Amount").inputValue()).toBe("50");
  await page.getByRole("button", { name: "Add credits" }).click();
  await page.waitForURL("**/refusals?code=insufficient_credits");
  expect(await report({ organization: "ART", member: "bo@example.edu", credits: "90" })).toBe(201);

  await page.goto("/refusals?code=allowance_exceeded");
  await page.getByRole("link", { name: "Raise allowance of Ana García" }).click();
  await page.waitForURL("**/members/1/memberships/1?**");
  // 100 a month, and 300 were asked for where 100 were left.
  expect(await page.getByLabel("Monthly Allowance").inputValue()).toBe("300");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.waitForURL("**/refusals?code=allowance_exceeded");
  expect(await report({ credits: "150" })).toBe(201);
});

it("is a tab with a count on the pages of an organization and of a member", async () => {
  await page.goto("/organizations/LAW");
  await page
    .getByRole("navigation", { name: "Organization" })
    .getByRole("link", { name: "Refusals 2" })
    .click();
  await page.waitForURL("**/organizations/LAW/refusals");
  await expect.poll(() => rows().count()).toBe(3);
  await expectAccessible(page);
  await picture("organization-refusals");
  await page.goto("/members/1");
  await page.getByRole("navigation", { name: "Member" }).getByRole("link", { name: "Refusals 2" }).click();
  await page.waitForURL("**/members/1/refusals");
  await expect.poll(() => rows().count()).toBe(3);
  await expectAccessible(page);
  await picture("member-refusals");
});

it("is a file, from the page and from the command line", async () => {
  await page.goto("/organizations/LAW/refusals");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Export CSV" }).click(),
  ]);
  const text = readFileSync(await download.path(), "utf8");
  expect(text.startsWith("\uFEFFid,at,local_date")).toBe(true);
  expect(text.trim().split(/\r?\n/)).toHaveLength(3);
  expect(text).toContain(",'=tutor,");
  const exported = (...filters: string[]) => {
    const to = path.join(folder, "refusals.csv");
    server.bursar("export", "refusals", to, ...filters);
    return readFileSync(to, "utf8");
  };
  expect(exported("--organization", "law")).toBe(text);
  expect(exported("--code", "others").trim().split(/\r?\n/)).toHaveLength(1);
});

it("works without JavaScript", async () => {
  const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false });
  await context.addCookies(await page.context().cookies());
  const plain = await context.newPage();
  await plain.goto("/refusals");
  await plain.getByLabel("Organization", { exact: true }).fill("fine arts");
  await plain.getByRole("button", { name: "Apply" }).click();
  await plain.waitForURL(`${server.url}/refusals?organization=ART`);
  await expect.poll(() => rows(plain).count()).toBe(2);
  await context.close();
});

it("of today is a banner on the pages of an organization and of a member, with the remedy of the member", async () => {
  await page.goto("/organizations/LAW");
  const banner = page.getByRole("region", { name: "Refused today" });
  expect(await banner.textContent()).toMatch(/^\d+ refused today: .*allowance used up/);
  await banner.getByRole("link", { name: "See the refusals" }).click();
  await page.waitForURL(/\/organizations\/LAW\/refusals\?from=\d{4}-\d\d-\d\d$/);
  await page.goto("/members/1");
  expect(await banner.textContent()).toContain("allowance used up");
  const row = page.getByRole("table", { name: "Organizations" }).getByRole("row").last();
  expect(await row.textContent()).toMatch(/May still spend [\d,.]+ rest of the allowance/);
  await page.getByRole("heading", { name: "Spent per month, last 12 months" }).waitFor();
  await expectAccessible(page);
  await banner.getByRole("link", { name: "Raise allowance of Ana García" }).click();
  await page.waitForURL("**/members/1/memberships/1?**");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.waitForURL("**/members/1");
});

it("is kept for as long as an owner has set", async () => {
  await page.goto("/settings");
  await page.getByLabel("Keep refusals for").fill("0");
  await page.getByRole("button", { name: "Set days" }).click();
  await page.getByText("Enter a number of days from 1 to 3650.").waitFor();
  await page.getByLabel("Keep refusals for").fill("30");
  await page.getByRole("button", { name: "Set days" }).click();
  await page.getByText("How long refusals are kept was saved.").waitFor();
  await page.goto("/refusals");
  await page.getByText("Refusals are kept for 30 days.").waitFor();
  expect(errors).toEqual([]);
});
