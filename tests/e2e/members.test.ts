import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  collectConsoleErrors,
  expectAccessible,
  hasFocus,
  launchBrowser,
  signIn,
  stopPageClock,
  visit,
} from "#tests/support/browser.ts";
import { OWNER, PASSWORD, VIEWER } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let errors: string[];
const files = mkdtempSync(path.join(tmpdir(), "bursar-members-"));

const environment = { OWNER_EMAIL: OWNER, OWNER_PASSWORD: PASSWORD };

/** A portal with two organizations and nobody in them. */
async function startPortal(): Promise<TestServer> {
  const started = await startServer({ environment });
  started.bursar("credit-type", "create", "SGD Credits", "--currency", "SGD", "--rate", "100");
  const csv = path.join(files, "organizations.csv");
  writeFileSync(
    csv,
    "name,code,credit_type,monthly_allowance_per_member,status\r\n" +
      "École de Marketing,MKT,SGD Credits,100,active\r\n" +
      "Faculty of Law,LAW,SGD Credits,,active\r\n",
  );
  started.bursar("import", "organizations", csv);
  return started;
}

beforeAll(async () => {
  server = await startPortal();
  server.bursar("user", "create", VIEWER, "--role", "viewer", "--password", PASSWORD);
  browser = await launchBrowser();
  context = await browser.newContext({ baseURL: server.url, acceptDownloads: true });
  page = await context.newPage();
  errors = collectConsoleErrors(page);
  await signIn(page, OWNER, PASSWORD);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(files, { recursive: true, force: true });
});

const dialog = () => page.getByRole("dialog");
const row = (name: string) => page.locator("tbody tr", { hasText: name });
const names = () => page.locator("tbody th a").allTextContents();
const address = () => page.url().replace(server.url, "");

async function download(from: Page): Promise<string> {
  const [file] = await Promise.all([
    from.waitForEvent("download"),
    from.getByRole("link", { name: "Export CSV" }).click(),
  ]);
  expect(file.suggestedFilename()).toMatch(/^members-\d{4}-\d\d-\d\d\.csv$/);
  return readFileSync(await file.path(), "utf8");
}

async function importFile(into: Page, csv: string, rows: number): Promise<void> {
  const file = path.join(files, "members.csv");
  writeFileSync(file, csv);
  await into.goto("/members/import");
  await into.getByLabel("CSV or Excel file").setInputFiles(file);
  await into.getByRole("button", { name: "Preview" }).click();
  await into.getByRole("button", { name: `Import ${rows} memberships` }).click();
  await into.getByText(`${rows} memberships imported.`).waitFor();
}

/** A browser of its own, signed in as the context's user, without JavaScript and in the dark. */
async function plainTab(): Promise<{ tab: Page; close: () => Promise<void> }> {
  const plain = await browser.newContext({
    baseURL: server.url,
    javaScriptEnabled: false,
    colorScheme: "dark",
  });
  await plain.addCookies(await context.cookies());
  return { tab: await plain.newPage(), close: () => plain.close() };
}

describe("adding and changing", () => {
  it("adds to an organization in the dialog, with the keyboard alone", async () => {
    await visit(page, "/organizations/MKT");
    await page
      .getByRole("navigation", { name: "Organization" })
      .getByRole("link", { name: "Members" })
      .click();
    await page.getByText("No members yet").waitFor();
    await page.getByRole("link", { name: "Add member" }).focus();
    await page.keyboard.press("Enter");
    await dialog().getByLabel("Name").focus();
    await page.keyboard.type("Ana Ruiz");
    await page.keyboard.press("Tab");
    await page.keyboard.type("ana@example.edu");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Tab");
    await page.keyboard.type("1,00");
    await page.keyboard.press("Enter");
    await dialog().getByText("Enter a number, such as 1000 or 0.5.").waitFor();
    expect(await dialog().getByLabel("Email").inputValue()).toBe("ana@example.edu");
    await expectAccessible(page);
    await dialog().getByLabel("Monthly Allowance").fill("40");
    await page.keyboard.press("Enter");
    await page.getByText("Ana Ruiz was added to MKT.").waitFor();
    await dialog().waitFor({ state: "hidden" });
    await expect.poll(() => row("Ana Ruiz").textContent()).toMatch(/Creator.*Active.*0 of 40.*Custom limit/);
  });

  it("refuses an existing member, and gives an existing person a second membership under the same name", async () => {
    await visit(page, "/members");
    await page.getByRole("link", { name: "Add member" }).click();
    await dialog().getByRole("combobox", { name: "Organization" }).fill("mkt");
    await dialog().getByLabel("Name").fill("Anna R.");
    await dialog().getByLabel("Email").fill("ANA@example.edu");
    await dialog().getByRole("button", { name: "Add member" }).click();
    await dialog().getByText("Ana Ruiz (ana@example.edu) is a member of MKT already.").waitFor();
    await dialog().getByRole("combobox", { name: "Organization" }).fill("nope");
    await dialog().getByRole("button", { name: "Add member" }).click();
    await dialog().getByText("There is no organization with the code nope.").waitFor();
    expect(await dialog().getByLabel("Name").inputValue()).toBe("Anna R.");
    await dialog().getByRole("combobox", { name: "Organization" }).fill("LAW");
    await dialog().getByRole("button", { name: "Add member" }).click();
    await page
      .getByText("Ana Ruiz was added to LAW. The existing name of ana@example.edu was kept.")
      .waitFor();
    await expect.poll(() => row("Ana Ruiz").textContent()).toMatch(/École de Marketing.*Faculty of Law/);
    await expectAccessible(page);
  });

  it("changes a person in every organization at once, and one membership's role and allowance", async () => {
    await page.getByRole("link", { name: "Ana Ruiz" }).click();
    await page.getByRole("heading", { name: "Ana Ruiz", level: 1 }).waitFor();
    await page.getByRole("link", { name: "Edit Ana Ruiz", exact: true }).click();
    await dialog().getByLabel("Name").fill("Ana Ruiz Núñez");
    await dialog().getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "Ana Ruiz Núñez", level: 1 }).waitFor();

    await page.getByRole("link", { name: "Edit Ana Ruiz Núñez in Faculty of Law" }).click();
    await dialog().getByLabel("Role").selectOption("Admin");
    await dialog().getByLabel("Custom limit").check();
    await dialog().getByLabel("Monthly Allowance").fill("0");
    await dialog().getByRole("button", { name: "Save" }).click();
    await page.getByText("The settings of Ana Ruiz Núñez in LAW were saved.").waitFor();
    await expect
      .poll(() => row("Faculty of Law").first().textContent())
      .toMatch(/Admin.*Spending is blocked/);
    const main = (await page.locator("main").textContent()) ?? "";
    expect(main).toContain("Ana Ruiz → Ana Ruiz Núñez");
    expect(main).toMatch(/Monthly allowance.*Organization default → 0/);
    await expectAccessible(page);
  });

  it("is not there under an unknown id", async () => {
    for (const url of [
      "/members/999",
      "/members/abc",
      "/members/1/memberships/999",
      "/organizations/NOPE/members",
    ]) {
      expect([url, (await page.goto(url))?.status()]).toEqual([url, 404]);
    }
  });
});

describe("the list", () => {
  beforeAll(async () => {
    const people = Array.from(
      { length: 120 },
      (_, index) =>
        `${index % 3 === 0 ? "LAW" : "MKT"},Person ${String(index).padStart(3, "0")},p${index}@example.edu,${["admin", "creator", "viewer"][index % 3]},${["", "unlimited", "0.5"][index % 3]},${index % 10 === 0 ? "inactive" : "active"}\r\n`,
    );
    await importFile(
      page,
      `organization,name,email,role,monthly_allowance,status\r\n${people.join("")}MKT,Zoë Lindström,zoe@example.edu,viewer,,active\r\nMKT,=1+1,formula@example.edu,viewer,,active\r\n`,
      122,
    );
  });

  it("finds whatever the accents; typing keeps the focus and Back undoes it", async () => {
    await visit(page, "/members?role=viewer");
    await stopPageClock(page);
    const field = page.getByLabel("Search members");
    await field.focus();
    await page.keyboard.type("ZOE lindstrom", { delay: 20 });
    await page.waitForURL("**/members?q=ZOE+lindstrom&role=viewer");
    await expect.poll(names).toEqual(["Zoë Lindström"]);
    expect(await hasFocus(field)).toBe(true);
    await page.goBack();
    await page.waitForURL("**/members?role=viewer");
    await expect.poll(() => field.inputValue()).toBe("");
  });

  it("filters, sorts and pages by the address alone; a page past the end is the last, a bad value the default", async () => {
    await page.goto("/members?page=999");
    await page.getByText("101–123 of 123").waitFor();
    await visit(page, "/members?page=-1&status=foo&role=x&sort=y");
    await page.getByText("1–50 of 123").waitFor();
    await page.getByLabel("Role", { exact: true }).selectOption("Admin");
    await page.waitForURL("**/members?role=admin");
    await page.getByLabel("Status", { exact: true }).selectOption("Inactive");
    await page.waitForURL("**/members?role=admin&status=inactive");
    await page.getByText("1–4 of 4").waitFor();
    await page.getByLabel("Organization", { exact: true }).fill("law");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/members?organization=law&role=admin&status=inactive");
    await page.getByRole("link", { name: "Name", exact: true }).click();
    await page.waitForURL(/sort=-name/);
    await expect.poll(async () => (await names())[0]).toBe("Person 090");
    await page.goto("/members?organization=market");
    expect(page.url()).toMatch(/\/members\?organization=MKT$/);
  });

  it("deactivates after asking, one and a selection and a whole view, and activates", async () => {
    await visit(page, "/organizations/MKT/members?q=person&sort=-name");
    await page.getByRole("button", { name: "Actions for Person 119" }).click();
    await page.getByRole("button", { name: "Deactivate Person 119" }).click();
    await dialog().getByText("New spending in this organization is blocked immediately.").waitFor();
    await expectAccessible(page);
    await dialog().getByRole("button", { name: "Deactivate" }).click();
    await page.getByText("1 member was deactivated.").waitFor();
    await page.getByRole("button", { name: "Actions for Person 119" }).click();
    await page.getByRole("button", { name: "Activate Person 119", exact: true }).click();
    await page.getByText("1 member was activated.").waitFor();

    await visit(page, "/organizations/MKT/members?q=person&status=active");
    await page.getByText("of 72").waitFor();
    await page
      .getByRole("checkbox", { name: /^Select/ })
      .nth(0)
      .check();
    await page
      .getByRole("checkbox", { name: /^Select/ })
      .nth(1)
      .check();
    await page.getByRole("button", { name: "Deactivate selected" }).click();
    await dialog().getByText("Deactivate 2 members?").waitFor();
    await dialog().getByRole("button", { name: "Deactivate" }).click();
    await page.getByText("2 members were deactivated.").waitFor();
    await page.getByText("of 70").waitFor();
    await page
      .getByRole("checkbox", { name: /^Select/ })
      .first()
      .check();
    await page.getByLabel("All 70 in this view").check();
    await page.getByRole("button", { name: "Deactivate selected" }).click();
    await dialog().getByText("Deactivate 70 members?").waitFor();
    await dialog().getByRole("button", { name: "Deactivate" }).click();
    await page.getByText("70 members were deactivated.").waitFor();
    await page.getByText("No member matches").waitFor();
    expect(address()).toBe("/organizations/MKT/members?q=person&status=active");
  });

  it("exports exactly the view; the whole imports into an empty portal and exports again to the byte", async () => {
    await page.goto("/members?q=person&status=inactive&role=creator&sort=-name&page=2");
    const filtered = (await download(page)).split("\r\n");
    expect(filtered).toHaveLength(40 + 2);
    expect(filtered[1]).toBe("MKT,Person 118,p118@example.edu,creator,unlimited,inactive");
    await page.goto("/organizations/LAW/members?q=person+09&sort=-name");
    expect((await download(page)).split("\r\n")).toEqual([
      "\uFEFForganization,name,email,role,monthly_allowance,status",
      "LAW,Person 099,p99@example.edu,admin,,active",
      "LAW,Person 096,p96@example.edu,admin,,active",
      "LAW,Person 093,p93@example.edu,admin,,active",
      "LAW,Person 090,p90@example.edu,admin,,inactive",
      "LAW,Person 009,p9@example.edu,admin,,active",
      "",
    ]);
    await page.goto("/members");
    const whole = await download(page);
    expect(whole.split("\r\n")).toHaveLength(124 + 2);
    expect(whole).toContain("MKT,'=1+1,formula@example.edu");

    const empty = await startPortal();
    const fresh = await browser.newContext({ baseURL: empty.url, acceptDownloads: true });
    try {
      const tab = await fresh.newPage();
      await signIn(tab, OWNER, PASSWORD);
      await importFile(tab, whole, 124);
      await tab.getByRole("link", { name: "Go to Members" }).click();
      await tab.waitForURL("**/members");
      expect(await download(tab)).toBe(whole);
    } finally {
      await fresh.close();
      await empty.stop();
    }
  });
});

describe("approved domains", () => {
  it("are off at first, refuse public domains, and are named on the members' tab", async () => {
    await page.goto("/organizations/LAW/settings");
    await page.getByText("Off: only people who were added may spend.").waitFor();
    await page.getByLabel("Approved email domains").fill("law.example.edu\nco.uk");
    await page.getByRole("button", { name: "Save domains" }).click();
    await page.getByText("Anybody can have an address under co.uk.").waitFor();
    expect(await page.getByLabel("Approved email domains").inputValue()).toBe("law.example.edu\nco.uk");
    await expectAccessible(page);
    await page.getByLabel("Approved email domains").fill("@law.example.edu");
    await page.getByRole("button", { name: "Save domains" }).click();
    await page.getByText("1 domain is approved.").waitFor();
    await page.goto("/organizations/LAW/members");
    await page.getByText("New people become members with their first usage from: law.example.edu").waitFor();
  });
});

describe("API keys", () => {
  it("shows a key once, in no address and no cookie, and ends it after asking", async () => {
    await visit(page, "/organizations/LAW/api-keys");
    await page.getByText("No API keys yet").waitFor();
    await page.getByRole("link", { name: "Create API key" }).click();
    await page.getByLabel("Name").fill("Essay coach");
    await page.getByLabel("Expires").fill("2020-01-01");
    await page.locator("form", { has: page.getByLabel("Expires") }).evaluate((form: HTMLFormElement) => {
      form.noValidate = true;
    });
    await page.getByRole("button", { name: "Create API key" }).click();
    await page.getByText("Enter today or a later date.").waitFor();
    expect(await page.getByLabel("Name").inputValue()).toBe("Essay coach");
    await page.getByLabel("Expires").fill("");
    await page.getByRole("button", { name: "Create API key" }).click();
    const key = (await page.getByTestId("api-key").textContent()) ?? "";
    expect(key).toMatch(/^bur_[\w-]{43}$/);
    await page.getByText("You won’t see it again").waitFor();
    await expectAccessible(page);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy key" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
    expect(page.url()).not.toContain("bur_");
    expect(JSON.stringify(await context.cookies())).not.toContain("bur_");

    await page.getByRole("link", { name: "Done" }).click();
    await page.waitForURL("**/organizations/LAW/api-keys");
    await expect.poll(() => row("Essay coach").textContent()).toMatch(/bur_.{8}….*Never.*Active/);
    expect(await page.content()).not.toContain(key);
    await page.goBack();
    await page.getByLabel("Name").waitFor();
    expect(await page.content()).not.toContain(key);
    expect(server.output()).not.toContain(key);

    await visit(page, "/organizations/LAW/api-keys");
    await page.getByRole("link", { name: "Revoke Essay coach" }).click();
    await dialog().getByText("stop working immediately").waitFor();
    await expectAccessible(page);
    await dialog().getByRole("button", { name: "Revoke" }).click();
    await page.getByText(/Essay coach \(bur_.{8}…\) was revoked/).waitFor();
    await expect.poll(() => row("Essay coach").textContent()).toContain("Revoked");
    expect(await page.getByRole("link", { name: "Revoke Essay coach" }).count()).toBe(0);
  });
});

describe("without JavaScript, in the dark", () => {
  it("searches, adds, edits, asks before deactivating, makes and ends a key", async () => {
    const { tab, close } = await plainTab();
    try {
      await tab.goto("/members");
      await tab.getByLabel("Search members").fill("lindstrom");
      await tab.getByRole("button", { name: "Apply" }).click();
      await tab.getByText("1–1 of 1").waitFor();
      await tab.goto("/organizations/LAW/members");
      await tab.getByRole("link", { name: "Add member" }).click();
      await tab.getByLabel("Name").fill("Bo Li");
      await tab.getByLabel("Email").fill("no address");
      await tab.getByLabel("Unlimited").check();
      await tab.getByRole("button", { name: "Add member" }).click();
      await tab.locator("[aria-invalid=true]").waitFor();
      expect(await tab.getByLabel("Name").inputValue()).toBe("Bo Li");
      expect(await tab.getByLabel("Unlimited").isChecked()).toBe(true);
      // Letters outside ASCII, which a field of the type "email" refuses.
      await tab.getByLabel("Email").fill("bö@example.edu");
      await tab.getByRole("button", { name: "Add member" }).click();
      await tab.getByText("Bo Li was added to LAW.").waitFor();
      expect(new URL(tab.url()).pathname).toBe("/organizations/LAW/members");

      await tab.getByRole("link", { name: "Edit Bo Li in Faculty of Law" }).click();
      await tab.getByLabel("Role").selectOption("Viewer");
      await tab.getByRole("button", { name: "Save" }).click();
      await tab.getByText("The settings of Bo Li in LAW were saved.").waitFor();
      await tab.getByRole("checkbox", { name: "Select Bo Li" }).check();
      await tab.getByRole("checkbox", { name: "Select Ana Ruiz Núñez" }).check();
      await tab.getByRole("button", { name: "Deactivate selected" }).click();
      await tab.getByRole("heading", { name: "Deactivate 2 members?" }).waitFor();
      await tab.getByRole("button", { name: "Deactivate" }).click();
      await tab.getByText("2 members were deactivated.").waitFor();
      // The menu needs a script. Its button leads to the page of the membership, which has the same actions.
      await tab.getByRole("button", { name: "Actions for Bo Li" }).click();
      await tab.getByRole("link", { name: "Activate in Faculty of Law" }).click();
      await tab.getByRole("heading", { name: "Activate Bo Li in Faculty of Law?" }).waitFor();
      await tab.getByRole("button", { name: "Activate" }).click();
      await tab.getByText("1 member was activated.").waitFor();

      await tab.goto("/api-keys");
      await tab.getByRole("link", { name: "Create API key" }).click();
      await tab.getByLabel("Name").fill("Gateway");
      await tab.getByLabel("The whole enterprise").check();
      await tab.getByRole("button", { name: "Create API key" }).click();
      expect(await tab.getByTestId("api-key").textContent()).toMatch(/^bur_[\w-]{43}$/);
      expect(tab.url()).not.toContain("bur_");
      // The browser sends the form again.
      await tab.reload();
      await tab.getByText("This form already created the key Gateway").waitFor();
      expect(await tab.getByTestId("api-key").count()).toBe(0);
      await tab.getByRole("link", { name: "Create another key" }).click();
      await tab.getByLabel("Name").waitFor();
      await tab.getByRole("link", { name: "Cancel" }).click();
      await expect.poll(() => tab.getByRole("cell", { name: "Gateway" }).count()).toBe(1);
      await tab.getByText("Whole enterprise").last().waitFor();
      await tab.getByRole("link", { name: "Revoke Gateway" }).click();
      await tab.getByRole("button", { name: "Revoke" }).click();
      await tab.getByText("was revoked. It no longer works.").waitFor();
    } finally {
      await close();
    }
  });
});

it("is accessible in the dark", async () => {
  await page.emulateMedia({ colorScheme: "dark" });
  for (const url of ["/members", "/members/1", "/organizations/MKT/members", "/members/new", "/api-keys"]) {
    await page.goto(url);
    await expectAccessible(page);
  }
  await page.emulateMedia({ colorScheme: "light" });
});

describe("a viewer", () => {
  it("sees everything and no button that changes; every form's page is refused", async () => {
    const theirs = await browser.newContext({ baseURL: server.url });
    const tab = await theirs.newPage();
    await signIn(tab, VIEWER, PASSWORD);
    for (const url of [
      "/members",
      "/members/1",
      "/organizations/MKT/members",
      "/api-keys",
      "/organizations/LAW/api-keys",
    ]) {
      await tab.goto(url);
      await tab.getByRole("table").first().waitFor();
      const main = tab.getByRole("main");
      expect([url, await main.getByRole("button").count()]).toEqual([url, 0]);
      expect([url, await main.getByRole("checkbox").count()]).toEqual([url, 0]);
      expect([
        url,
        await main.getByRole("link", { name: /^(Add|Edit|Import|Create|Revoke)/ }).count(),
      ]).toEqual([url, 0]);
    }
    for (const url of [
      "/members/new",
      "/members/import",
      "/members/status",
      "/members/1/edit",
      "/members/1/memberships/1",
      "/api-keys/new",
      "/api-keys/1/revoke",
    ]) {
      expect([url, (await tab.goto(url))?.status()]).toEqual([url, 403]);
    }
    await theirs.close();
  });

  it("is refused by the action of a form that was opened before the role was lost", async () => {
    server.bursar("user", "create", "second@example.edu", "--role", "admin", "--password", PASSWORD);
    const theirs = await browser.newContext({ baseURL: server.url });
    const tab = await theirs.newPage();
    await signIn(tab, "second@example.edu", PASSWORD);
    await tab.goto("/members/1/edit");
    await tab.getByLabel("Name").fill("Somebody Else");
    await page.goto("/settings/users");
    await page.getByLabel("Role of second@example.edu").selectOption("viewer");
    await page.getByRole("button", { name: "Change role of second@example.edu" }).click();
    await page.getByText(/^The role of .* was changed/).waitFor();
    // A new role ends the session; signed in again in another tab, the old form acts as the viewer.
    const again = await theirs.newPage();
    await signIn(again, "second@example.edu", PASSWORD);
    await tab.getByRole("button", { name: "Save" }).click();
    await tab
      .getByText(
        "Your role, viewer, does not allow this. Ask an owner for the role admin on the organization.",
      )
      .waitFor();
    expect(await tab.getByLabel("Name").inputValue()).toBe("Somebody Else");
    await theirs.close();
  });
});

it("no page complained in the console", () => {
  // The browser reports an answer of 404 that a test asked for.
  expect(errors.filter((error) => !/status of 404/.test(error))).toEqual([]);
});
