import path from "node:path";
import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { credits, operator, spend, value } from "#tests/support/builders.ts";
import { inDatabase, makeTemporaryDirectory, removeDirectory } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { ownerCookie, unescaped } from "#tests/support/portal-client.ts";
import { startServer, type TestServer } from "#tests/support/server.ts";

let directory: string;
let elsewhere: string;
let server: TestServer;

beforeAll(async () => {
  directory = makeTemporaryDirectory();
  elsewhere = makeTemporaryDirectory();
  await inDatabase(directory, makeSmallEnterprise);
  server = await startServer({ directory });
});
afterAll(async () => {
  await server?.stop();
  removeDirectory(directory);
  removeDirectory(elsewhere);
});

/** Records events of ana's in another process than the server's. */
const record = (organization: string, times: number, amount: bigint) =>
  inDatabase(directory, async () => {
    for (let n = 0; n < times; n++) {
      value(await spend({ organization, credits: amount, application: `app-${n % 2}` }));
    }
  });

const rename = (id: number, name: string) =>
  inDatabase(directory, async () => {
    value(await updateOrganization({ id, name, monthlyAllowance: credits(1000) }, operator));
  });

/** What the ledger of the file has, read past the product. */
function ledger(): { spent: number; law: number; art: number; entries: number } {
  const sqlite = new Sqlite(path.join(directory, "bursar.sqlite"), { readonly: true });
  try {
    const spent = (condition: string) =>
      sqlite
        .prepare(
          `SELECT coalesce(sum(CASE credit_account WHEN 'consumed' THEN amount ELSE -amount END), 0) / 1000000
           FROM ledger_entries JOIN organizations o ON o.id = organization_id
           WHERE membership_id IS NOT NULL AND ${condition}`,
        )
        .pluck()
        .get() as number;
    const entries = sqlite.prepare("SELECT count(*) FROM ledger_entries").pluck().get() as number;
    return { spent: spent("1"), law: spent("o.code = 'LAW'"), art: spent("o.code = 'ART'"), entries };
  } finally {
    sqlite.close();
  }
}

async function readPages() {
  const cookie = await inDatabase(directory, ownerCookie);
  const html = async (address: string) => {
    const answer = await fetch(server.url + address, { headers: { cookie }, redirect: "manual" });
    expect([address, answer.status]).toEqual([address, 200]);
    // The data that is sent for the browser's scripts repeats the page.
    return (await answer.text()).replace(/<script[\s\S]*?<\/script>/g, "");
  };
  /** The exact figure under a label. */
  const figure = (page: string, label: string) =>
    /title="([^"]*)"/.exec(page.slice(page.indexOf(`${label}</dt>`)))?.[1];
  const text = (page: string) => unescaped(page.replace(/<[^>]*>/g, " ").replace(/\s+/g, " "));
  /** What was spent by organization: code and credits, in the order of the table. */
  const parts = (page: string) => {
    const [split = ""] = page.slice(page.indexOf("Group by")).split("</table>");
    return [...text(split).matchAll(/(LAW|ART) +([\d,.]+)/g)].map(([, code, spent]) => [code, spent]);
  };
  const all = await html("/transactions?tab=spending");
  const month = await html("/transactions?tab=spending&period=12-months");
  const organizations = await html("/organizations");
  return {
    spent: [figure(all, "Spent"), figure(month, "Spent")],
    total: figure(organizations, "Total Spent Credits"),
    splits: [parts(all), parts(month)],
    members: text(await html("/members")),
    hasNone: async (q: string) =>
      text(await html(`/organizations?q=${q}`)).includes("No organization matches"),
  };
}

async function expectTrueFigures(): Promise<void> {
  const { spent, law, art } = ledger();
  const pages = await readPages();
  expect(pages.spent).toEqual([String(spent), String(spent)]);
  expect(pages.total).toBe(String(spent));
  const split = [
    ["LAW", String(law)],
    ["ART", String(art)],
  ]
    .filter(([, sum]) => sum !== "0")
    .sort(([, a], [, b]) => Number(b) - Number(a));
  expect(pages.splits).toEqual([split, split]);
  expect(pages.members).toContain(String(spent));
}

it("shows the ledger's own figures after a restore under the running portal, however many entries came since", async () => {
  const backup = path.join(elsewhere, "early.backup");
  await record("LAW", 3, credits(1));
  expect(server.bursar("backup", backup)).toMatchObject({ file: backup });
  await record("LAW", 5, credits(100));
  await rename(2, "Conservatory");
  expect(ledger().spent).toBe(503);
  const before = await readPages();
  expect(before.spent).toEqual(["503", "503"]);
  expect(await before.hasNone("conservatory")).toBe(false);

  expect(server.bursar("restore", backup)).toMatchObject({ verified: true });
  await expectTrueFigures();
  // As many entries again, and more, under the same row ids.
  await record("ART", 9, credits(10));
  expect(ledger()).toMatchObject({ spent: 93, law: 3, art: 90 });
  await expectTrueFigures();

  const after = await readPages();
  await rename(1, "Faculty of Law and more");
  await rename(1, "Faculty of Law");
  expect(await after.hasNone("conservatory")).toBe(true);
  expect(await after.hasNone("beaux")).toBe(false);
});
