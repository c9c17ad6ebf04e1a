import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  collectConsoleErrors,
  expectAccessible,
  hasFocus,
  launchBrowser,
  signIn,
} from "#tests/support/browser.ts";
import { makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let browser: Browser;
let page: Page;
let errors: string[];
const folder = makeTemporaryDirectory();

function file(name: string, lines: readonly string[]): string {
  const at = path.join(folder, name);
  writeFileSync(at, [...lines, ""].join("\n"));
  return at;
}

beforeAll(async () => {
  server = await startServer({ environment: { OWNER_EMAIL: OWNER, OWNER_PASSWORD: PASSWORD } });
  server.bursar("credit-type", "create", "SGD Credits", "--currency", "SGD", "--rate", "100");
  server.bursar("credits", "purchase", "SGD Credits", "10000");
  const units = Array.from({ length: 30 }, (_, n) => `Unit ${n},U-${n},SGD Credits`);
  server.bursar("import", "organizations", file("units.csv", ["name,code,credit_type", ...units]));
  const people = Array.from({ length: 20 }, (_, n) => `U-0,person${n}@example.edu`);
  server.bursar("import", "members", file("people.csv", ["organization,email", ...people]));
  browser = await launchBrowser();
  page = await newPage();
  errors = collectConsoleErrors(page);
  await signIn(page, OWNER, PASSWORD);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  removeDirectory(folder);
});

async function newPage(options: { javaScriptEnabled?: boolean } = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: server.url, ...options });
  return context.newPage();
}

const box = (on: Page, name: string) => on.getByRole("checkbox", { name: `Select ${name}`, exact: true });
const button = (name: string | RegExp) => page.getByRole("button", { name, exact: true });
const codes = (some: readonly number[]) => some.map((n) => `Unit ${n}`);

/** The balances of organizations, as the command line exports them. */
function balancesOf(...codes: string[]): (string | undefined)[] {
  const { csv } = server.bursar("export", "organizations", "--figures");
  const [head = "", ...rows] = String(csv).trim().split(/\r?\n/);
  const column = (name: string) => head.replace("\uFEFF", "").split(",").indexOf(name);
  const cells = rows.map((line) => line.split(","));
  return codes.map((code) => cells.find((row) => row[column("code")] === code)?.[column("balance")]);
}

describe("an admin's clicks", () => {
  beforeAll(async () => {
    // A press of a pointer; Enter on a button is a click too, but none of the mouse.
    await page.addInitScript(() =>
      addEventListener(
        "pointerdown",
        () => sessionStorage.setItem("presses", String(Number(sessionStorage.getItem("presses")) + 1)),
        true,
      ),
    );
  });
  const presses = () => page.evaluate(() => Number(sessionStorage.getItem("presses")));
  /** The heading is there before the field below it has the focus, and letters that are typed until then are lost. */
  const waitForFocusIn = (label: string) =>
    expect.poll(() => hasFocus(page.getByLabel(label, { exact: true }))).toBe(true);
  const start = (at: string) =>
    page.goto(at).then(() => page.evaluate(() => sessionStorage.removeItem("presses")));

  it("are six for credits to five organizations, with one amount, and one more undoes it", async () => {
    await start("/organizations?sort=name&view=table");
    for (const name of codes([0, 1, 10, 11, 12])) await box(page, name).click();
    await button("Add credits").click();
    await page.getByRole("heading", { name: "Add credits to 5 organizations" }).waitFor();
    await waitForFocusIn("Amount");
    await page.keyboard.type("1,000");
    await page.keyboard.press("Enter");
    await page.getByText("5,000 credits to 5 organizations.").waitFor();
    await expectAccessible(page);
    expect(await presses()).toBe(6);
    await expect.poll(() => hasFocus(button("Add 5,000 credits"))).toBe(true);
    await page.keyboard.press("Enter");
    await page.getByText("5,000 credits were added to 5 organizations.").waitFor();
    expect(await presses()).toBe(6);
    // The message stays while it has the focus. The command line takes longer on a busy machine than a message stays.
    await button("Undo").focus();
    expect(balancesOf("U-0", "U-12", "U-2")).toEqual(["1000", "1000", "0"]);
    await button("Undo").click();
    await page.getByText("5 changes were reversed: 5,000 credits in all.").waitFor();
    // The button that had the focus is gone.
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("content");
    expect(balancesOf("U-0", "U-12")).toEqual(["0", "0"]);
    expect(await presses()).toBe(7);
  });

  it("are three for the allowances of twenty members, with one amount", async () => {
    await start("/organizations/U-0/members");
    await box(page, "person0").click();
    await button("Select all 20 on this page").click();
    await button("Set allowance").click();
    await page.getByRole("heading", { name: "Set the allowance of 20 members" }).waitFor();
    await waitForFocusIn("Monthly Allowance");
    await page.keyboard.type("250");
    await page.keyboard.press("Enter");
    await page.getByText("250 credits a month for 20 members.").waitFor();
    await expectAccessible(page);
    await expect.poll(() => hasFocus(button("Set allowance of 20 members"))).toBe(true);
    await page.keyboard.press("Enter");
    await page.getByText("The allowance of 20 members was set.").waitFor();
    expect(await presses()).toBe(3);
    await page.goto("/organizations/U-0/members");
    expect(await page.getByText("of 250", { exact: false }).count()).toBeGreaterThanOrEqual(20);
  });
});

describe("the preview", () => {
  it("names what is short and offers nothing then, and keeps what was typed", async () => {
    await page.goto("/organizations?sort=name&view=table");
    await box(page, "Unit 2").check();
    await page.getByLabel("All 30 in this view").check();
    await button("Add credits").click();
    await page.getByRole("heading", { name: "Add credits to 30 organizations" }).waitFor();
    await page.getByLabel("Amount").fill("a lot");
    await button("Preview").click();
    await page.getByText("Enter a number, such as 1000 or 0.5.").waitFor();
    expect(await page.getByLabel("Amount").inputValue()).toBe("a lot");
    await page.getByLabel("Amount").fill("1000");
    await button("Preview").click();
    await page
      .getByText("SGD Credits has only 10,000 available; 30,000 are needed. Nothing can move.")
      .waitFor();
    expect(await page.getByRole("button", { name: /^Add .* credits$/ }).count()).toBe(0);
    await expectAccessible(page);
    await page.getByLabel("So much per active member").check();
    await page.getByLabel("Amount").fill("2.5");
    await button("Preview").click();
    await page.getByText("50 credits to 1 of 30 organizations; 29 stay as they are.").waitFor();
    const first = page.getByRole("region", { name: "Preview of each organization" }).getByRole("row").nth(1);
    expect(await first.getByRole("cell").allTextContents()).toEqual(["20", "0", "+50", "50", ""]);
    await button("Add 50 credits").click();
    await page.getByText("50 credits were added to 1 organization.").waitFor();
    expect(balancesOf("U-0")).toEqual(["50"]);
  });

  it("takes a note, which another preview keeps, and offers nothing while another amount is above it", async () => {
    await page.goto("/organizations?sort=name&view=table");
    for (const name of codes([13, 14])) await box(page, name).check();
    await button("Add credits").click();
    await page.getByRole("heading", { name: "Add credits to 2 organizations" }).waitFor();
    await page.getByLabel("Amount").fill("2");
    await button("Preview").click();
    await page.getByText("4 credits to 2 organizations.").waitFor();
    await page.getByLabel("Note").fill("Budget 2027");
    await page.getByLabel("Amount").fill("3");
    await page.getByText("You have changed what is above. Preview it before you go on.").waitFor();
    expect(await button("Add 4 credits").isVisible()).toBe(false);
    await button("Preview").click();
    await page.getByText("6 credits to 2 organizations.").waitFor();
    await expect.poll(() => hasFocus(button("Add 6 credits"))).toBe(true);
    expect(await page.getByLabel("Note").inputValue()).toBe("Budget 2027");
    await page.getByLabel("Note").fill("Budget 2028");
    await expectAccessible(page);
    await button("Add 6 credits").click();
    await page.getByText("6 credits were added to 2 organizations.").waitFor();
    await page.getByRole("link", { name: "Show batch" }).click();
    await page.getByText("Budget 2028", { exact: true }).first().waitFor();
  });

  it("offers the earlier preview again after the browser's Back, also when another amount was typed", async () => {
    await page.goto("/organizations?sort=name&view=table");
    for (const name of codes([13, 14])) await box(page, name).check();
    await button("Add credits").click();
    await page.getByRole("heading", { name: "Add credits to 2 organizations" }).waitFor();
    for (const [amount, total] of [
      ["2", "4 credits to 2 organizations."],
      ["3", "6 credits to 2 organizations."],
    ] as const) {
      await page.getByLabel("Amount").fill(amount);
      await button("Preview").click();
      await page.getByText(total).waitFor();
    }
    await page.getByLabel("Amount").fill("5");
    await page.getByText("You have changed what is above. Preview it before you go on.").waitFor();
    await page.goBack();
    await button("Add 4 credits").waitFor();
    expect(await page.getByLabel("Amount").inputValue()).toBe("2");
    expect(await page.getByText("You have changed what is above.").isVisible()).toBe(false);
  });

  it("without JavaScript is the same, and is asked again when something has changed since", async () => {
    const plain = await newPage({ javaScriptEnabled: false });
    await signIn(plain, OWNER, PASSWORD);
    await plain.goto("/organizations?sort=name&view=table");
    for (const name of codes([20, 21])) await box(plain, name).check();
    await plain.getByRole("button", { name: "Add credits", exact: true }).click();
    await plain.getByLabel("Up to a balance").check();
    await plain.getByLabel("Amount").fill("100");
    await plain.getByRole("button", { name: "Preview", exact: true }).click();
    await plain.getByText("200 credits to 2 organizations.").waitFor();
    server.bursar("credits", "allocate", "U-20", "40");
    await plain.getByLabel("Note").fill("term 1");
    await plain.getByRole("button", { name: "Add 200 credits", exact: true }).click();
    await plain.getByText("Something has changed since the last preview. Check the new figures.").waitFor();
    expect(await plain.getByLabel("Amount").inputValue()).toBe("100");
    expect(await plain.getByLabel("Note").inputValue()).toBe("term 1");
    await plain.getByRole("button", { name: "Add 160 credits", exact: true }).click();
    await plain.getByText("160 credits were added to 2 organizations.").waitFor();
    expect(balancesOf("U-20", "U-21")).toEqual(["100", "100"]);
    await plain.getByRole("button", { name: "Undo", exact: true }).click();
    await plain.getByText("2 changes were reversed: 160 credits in all.").waitFor();
    expect(balancesOf("U-20", "U-21")).toEqual(["40", "0"]);
    await plain.context().close();
  });
});

describe("a batch", () => {
  it("from a file has a page, is reversed once, and leaves out what is short if told to", async () => {
    await page.goto("/credits/import");
    await expectAccessible(page);
    const credits = file("credits.csv", ["Code;Credits;Note", "U-5;1.000,5;Budget", "U-6;10;"]);
    await page.getByLabel("CSV or Excel file").setInputFiles(credits);
    await button("Preview").click();
    await page.getByText("1,010.5 credits in all.").waitFor();
    await expectAccessible(page);
    await button("Import 2 allocations").click();
    await page.getByText("2 allocations imported.").waitFor();
    await page.getByRole("link", { name: "Show batch" }).click();
    await page.getByText("Credits added to 2 organizations.").waitFor();
    await expectAccessible(page);
    await page.getByRole("link", { name: "Show as transactions" }).click();
    await page.waitForURL(/\/transactions\?externalId=/);
    await page.goBack();
    server.bursar("credits", "return", "U-6", "1");
    await page.getByRole("link", { name: "Reverse all" }).click();
    await page.getByText("has only 9 of 10").waitFor();
    await expectAccessible(page);
    await page.getByRole("link", { name: "Leave out what is short" }).click();
    await page.getByText("1 change will be reversed: 1,000.5 credits in all. 1 stays as it is.").waitFor();
    await page.getByLabel("Reason").fill("wrong year");
    server.bursar("credits", "allocate", "U-6", "1");
    await button("Reverse 1 change").click();
    await page.getByText("Something has changed since the last preview.").waitFor();
    await button("Reverse 2 changes").waitFor();
    expect(await page.getByLabel("Reason").inputValue()).toBe("wrong year");
    server.bursar("credits", "return", "U-6", "1");
    await button("Reverse 2 changes").click();
    await button("Reverse 1 change").waitFor();
    expect(await page.getByLabel("Reason").inputValue()).toBe("wrong year");
    await button("Reverse 1 change").click();
    await page.getByText("1 change was reversed: 1,000.5 credits in all. 1 stays as it is.").waitFor();
    await page.getByText("Reversed", { exact: true }).waitFor();
    expect(await page.getByRole("link", { name: "Reverse all" }).count()).toBe(0);
    expect(balancesOf("U-5", "U-6")).toEqual(["0", "9"]);
  });

  it("of a change of status activates exactly what it deactivated", async () => {
    const active = () => {
      const { csv } = server.bursar("export", "organizations");
      return String(csv).match(/,active/g)?.length;
    };
    await page.goto("/organizations?sort=name&view=table");
    await box(page, "Unit 3").check();
    await button("Deactivate selected").click();
    await page.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click();
    await page.getByText("1 organization was deactivated.").waitFor();
    await box(page, "Unit 2").check();
    await page.getByLabel("All 30 in this view").check();
    await button("Deactivate selected").click();
    await page.getByText("Deactivate 29 of 30 organizations; 1 is inactive already?").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click();
    await page.getByText("29 organizations were deactivated.").waitFor();
    await button("Undo").focus();
    expect(active()).toBeUndefined();
    await button("Undo").click();
    await page.getByText("29 changes were reversed.").waitFor();
    expect(active()).toBe(29);
  });
});

describe("everybody in a view of people", () => {
  const imported = () => String(server.bursar("export", "members").csv);
  const roles = (role: string) => imported().match(new RegExp(`,${role},`, "g"))?.length ?? 0;
  const inactive = () => imported().match(/,inactive/g)?.length ?? 0;
  beforeAll(() => {
    // U-0 has twenty people already, and two of them are members of U-1 too. That makes 70 people with 72 memberships.
    const people = Array.from({ length: 52 }, (_, n) => `U-1,person${n + 18}@example.edu`);
    server.bursar("import", "members", file("more.csv", ["organization,email", ...people]));
  });

  it("gets a role after a preview, and Undo gives back the old ones", async () => {
    await page.goto("/members");
    await page
      .getByRole("checkbox", { name: /^Select / })
      .first()
      .check();
    await page.getByLabel("All 70 people in this view").check();
    await page.getByText("All 70 people selected").waitFor();
    await button("Set role").click();
    await page.getByRole("heading", { name: "Set the role of 72 members" }).waitFor();
    await page.getByLabel("Role").selectOption("Creator");
    await button("Preview").click();
    await button("Set role of 72 members").click();
    await page.getByText("The role of 72 members was set.").waitFor();
    await button("Undo").focus();
    expect(roles("creator")).toBe(72);
    await button("Undo").click();
    await page.getByText("72 changes were reversed.").waitFor();
    expect(roles("creator")).toBe(0);
  });

  it("is deactivated but for those who are inactive, and only as the question counted them", async () => {
    await page.goto("/members?q=person1&status=active&organization=U-1");
    // One page with all memberships of its people needs no such choice.
    await page
      .getByRole("checkbox", { name: /^Select / })
      .first()
      .check();
    expect(await page.getByLabel(/in this view$/).count()).toBe(0);
    await button("Deactivate selected").click();
    await page.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click();
    await page.getByText("1 member was deactivated.").waitFor();

    await page.goto("/members?sort=-name");
    await page
      .getByRole("checkbox", { name: /^Select / })
      .first()
      .check();
    await page.getByLabel("All 70 people in this view").check();
    await button("Deactivate selected").click();
    await page.getByText("Deactivate 71 of 72 members; 1 is inactive already?").waitFor();
    await expectAccessible(page);
    await page.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click();
    await page.getByText("71 members were deactivated.").waitFor();
    await button("Undo").focus();
    expect(inactive()).toBe(72);
    await button("Undo").click();
    await page.getByText("71 changes were reversed.").waitFor();
    expect(inactive()).toBe(1);
  });

  it("is asked about on a page without JavaScript", async () => {
    const plain = await newPage({ javaScriptEnabled: false });
    await signIn(plain, OWNER, PASSWORD);
    await plain.goto("/members");
    await plain
      .getByRole("checkbox", { name: /^Select / })
      .first()
      .check();
    await plain.getByLabel("All 70 people in this view").check();
    await plain.getByRole("button", { name: "Deactivate selected" }).click();
    await plain
      .getByRole("heading", { name: "Deactivate 71 of 72 members; 1 is inactive already?" })
      .waitFor();
    const more = ["organization,email", "U-2,late@example.edu"];
    server.bursar("import", "members", file("late.csv", more));
    await plain.getByRole("button", { name: "Deactivate", exact: true }).click();
    await plain.getByText("Now it is 72 of 73 members; 1 is inactive already.").waitFor();
    await plain.getByRole("button", { name: "Deactivate", exact: true }).click();
    await plain.getByText("72 members were deactivated.").waitFor();
    await plain.getByRole("button", { name: "Undo", exact: true }).click();
    await plain.getByText("72 changes were reversed.").waitFor();
    expect(inactive()).toBe(1);
    await plain.context().close();
  });
});

it("leaves no error in the console, and nothing for verify to report", () => {
  expect(errors).toEqual([]);
  expect(server.bursar("verify")).toMatchObject({ ok: true, faults: 0 });
});
