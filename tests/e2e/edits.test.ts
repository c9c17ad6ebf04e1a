import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCreditType } from "#lib/credit-types/commands.ts";
import { addMember } from "#lib/members/commands/members.ts";
import { updateMembership } from "#lib/members/commands/memberships.ts";
import { membershipsByIds } from "#lib/members/queries/memberships.ts";
import { addMemberInput } from "#lib/members/rules.ts";
import { createOrganization, updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { expectAccessible, launchBrowser, signIn } from "#tests/support/browser.ts";
import { credits, everything, operator, value } from "#tests/support/builders.ts";
import { inDatabase, makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { OWNER, PASSWORD } from "#tests/support/people.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let server: TestServer;
let browser: Browser;
const directory = makeTemporaryDirectory();

beforeAll(async () => {
  await inDatabase(directory, async () => {
    value(await createPortalUser({ email: OWNER, role: "owner", password: PASSWORD }, operator));
    const creditType = value(
      await createCreditType({ name: "SGD Credits", currency: "SGD", exchangeRate: credits(100) }, operator),
    ).id;
    for (const code of ["ART", "LAW", "MED", "SCI"]) {
      const organization = { name: `School ${code}`, code, creditType, monthlyAllowance: null };
      value(await createOrganization(organization, operator));
    }
    for (const name of ["Ana", "Bo"]) {
      const member = { organization: "LAW", name, email: `${name}@example.edu`, role: "viewer" };
      value(await addMember(addMemberInput.parse({ ...member, allowance: "organization" }), operator));
    }
  });
  server = await startServer({ directory });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  removeDirectory(directory);
});

const membership = (id: number) =>
  inDatabase(directory, () => {
    const [item] = membershipsByIds(everything, [id], 0);
    return item && { role: item.role, allowance: item.allowance, monthlyAllowance: item.monthlyAllowance };
  });

describe.each([true, false])("with JavaScript: %s", (javaScriptEnabled) => {
  let context: BrowserContext;
  let page: Page;
  // Each has a membership of its own to edit.
  const id = javaScriptEnabled ? 1 : 2;
  beforeAll(async () => {
    context = await browser.newContext({ baseURL: server.url, javaScriptEnabled });
    page = await context.newPage();
    await signIn(page, OWNER, PASSWORD);
  });
  afterAll(() => context?.close());

  it("a stale save undoes nothing, shows both values, and goes through the second time", async () => {
    await page.goto(`/members/${id}/memberships/${id}`);
    const limited = { id, role: "creator", allowance: "own", monthlyAllowance: credits(5) } as const;
    await inDatabase(directory, async () => value(await updateMembership(limited, operator)));
    await page.getByLabel("Role").selectOption("admin");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Somebody else changed this after you opened it.").waitFor();
    await page.getByText("You typed Admin · Now Creator").waitFor();
    await page.getByText("Was Organization default · Now Custom limit").waitFor();
    expect(await page.getByLabel("Role").inputValue()).toBe("admin");
    expect(await page.getByRole("radio", { name: "Custom limit" }).isChecked()).toBe(true);
    expect(await page.getByLabel("Monthly Allowance").inputValue()).toBe("5");
    expect(await membership(id)).toEqual({ role: "creator", allowance: "own", monthlyAllowance: credits(5) });

    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText(/^The settings of .* in LAW were saved\.$/).waitFor();
    expect(await membership(id)).toEqual({ role: "admin", allowance: "own", monthlyAllowance: credits(5) });
  });

  it("saves settings twice from one page, refuses a stale save, and reports when nothing changed", async () => {
    await page.goto("/settings");
    const name = page.getByLabel("Enterprise name");
    for (const text of [`First ${id}`, `Second ${id}`]) {
      await name.fill(text);
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await page.getByText("Settings were saved.").first().waitFor();
      await expect.poll(() => page.getByRole("link", { name: text }).count()).toBe(1);
    }
    await page.goto("/settings");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Nothing was changed.").waitFor();
    if (javaScriptEnabled) {
      await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Save");
    }

    await page.goto("/settings");
    const theirs = { enterpriseName: `Theirs ${id}`, timeZone: "UTC", dateFormat: "DD/MM/YYYY" } as const;
    await inDatabase(directory, async () => value(await updateSettings(theirs, operator)));
    await name.fill(`Mine ${id}`);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText(`You typed Mine ${id} · Now Theirs ${id}`).waitFor();
    await name.fill("");
    await name.fill(`Mine ${id}`);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Settings were saved.").waitFor();
    expect(await name.inputValue()).toBe(`Mine ${id}`);
  });

  it("changes of a whole view only what the question counted", async () => {
    const [first, second] = javaScriptEnabled ? [1, 2] : [3, 4];
    await inDatabase(directory, async () => {
      value(await changeOrganizationsActive([1, 2, 3, 4], false, operator));
      value(await changeOrganizationsActive([first], true, operator));
    });
    await page.goto("/organizations/status?all=1&to=deactivate&view=&back=/organizations");
    await page.getByText("Deactivate 1 of 4 organizations; 3 are inactive already?").waitFor();
    await inDatabase(directory, async () => value(await changeOrganizationsActive([second], true, operator)));
    await page.getByRole("button", { name: "Deactivate" }).click();
    await page.getByText("Now it is 2 of 4 organizations; 2 are inactive already.").waitFor();
    await page.getByRole("button", { name: "Deactivate" }).click();
    await page.getByText("2 organizations were deactivated.").waitFor();
  });

  it("imports only what its preview showed, after the file was checked again in another tab", async () => {
    const code = "SCI";
    const csv = `code,name,monthly_allowance_per_member\n${code},School ${code},${id}\n`;
    await page.goto("/organizations/import");
    const file = { name: "units.csv", mimeType: "text/csv", buffer: Buffer.from(csv) };
    await page.getByLabel("CSV or Excel file").setInputFiles(file);
    await page.getByLabel("Change existing ones", { exact: true }).check();
    await page.getByRole("button", { name: "Preview" }).click();
    await page.getByText("0 new, 1 changed, 0 unchanged").waitFor();
    const stored = () => inDatabase(directory, () => getOrganization(everything, code));
    const old = await stored();
    const edit = { name: `Named by hand ${id}`, id: old?.id ?? 0, monthlyAllowance: null };
    await inDatabase(directory, async () => value(await updateOrganization(edit, operator)));
    const tab = await context.newPage();
    await tab.goto(page.url());
    await tab.getByText("Check this file again").click();
    await tab.getByRole("button", { name: "Check again" }).click();
    await tab.getByText(edit.name).first().waitFor();
    await tab.close();

    await page.getByRole("button", { name: "Import 1 organization" }).click();
    await page.getByText("so nothing was imported. Look at the new preview.").waitFor();
    await page.getByText(edit.name).first().waitFor();
    expect((await stored())?.name).toBe(edit.name);
    // Its program is a script.
    if (javaScriptEnabled) await expectAccessible(page);
    await page.getByRole("button", { name: "Import 1 organization" }).click();
    await page.getByText("1 organization imported: 0 new, 1 changed").waitFor();
    expect((await stored())?.name).toBe(`School ${code}`);
  });

  it("shows a message once", async () => {
    await page.goto("/credit-types/new");
    await page.getByLabel("Credit Type Name").fill(`Type ${id}`);
    await page.getByLabel("Currency Code").selectOption("SGD");
    await page.getByLabel("Exchange Rate").fill("100");
    await page.getByRole("button", { name: "Create Credit Type" }).click();
    await page.getByText(`Type ${id} was created. Its pool is empty.`).waitFor();
    const link = page.getByRole("status").getByRole("link", { name: "Record purchase" });
    expect(await link.getAttribute("href")).toMatch(/^\/credit-types\/\d+\/purchase$/);
    await page.goto("/organizations");
    await page.getByRole("heading", { name: "Organizations", exact: true }).waitFor();
    expect(await page.getByText("Its pool is empty.").count()).toBe(0);
  });
});
