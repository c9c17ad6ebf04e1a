import { beforeEach, describe, expect, it } from "vitest";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { exportOrganizations } from "#lib/organizations/export.ts";
import { listOrganizations, organizationIds } from "#lib/organizations/queries/list.ts";
import { totalsByCreditType } from "#lib/organizations/queries/totals.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { moveSpendingDaysToToday } from "#lib/runway/commands.ts";
import {
  aCreditType,
  aGrant,
  aMember,
  anOrganization,
  aPortalUser,
  credits,
  everything,
  operator,
  scopeOf,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const NOW = new Date("2026-11-26T12:00:00Z");
let type: number;

/** An organization that spent so much in the last 30 days of what it had. */
async function spending(code: string, balance: number, spends: number, creditType = type): Promise<number> {
  const id = await anOrganization({ code, name: `School ${code}`, creditType, balance: credits(balance) });
  await aMember(id, { email: "ana@example.edu" });
  if (spends > 0) await spent({ organization: code, credits: credits(spends), occurredAt: NOW });
  return id;
}

beforeEach(async () => {
  type = await aCreditType({ available: credits(100_000) });
  const other = await aCreditType({ name: "EUR Credits", currency: "EUR", available: credits(100_000) });
  await moveSpendingDaysToToday(NOW);
  // 90, 30, 7 and 0 days, none left, 31 days, never spent, and never had any.
  await spending("NINETY", 400, 100);
  await spending("THIRTY", 200, 100);
  await spending("SEVEN", 124, 100);
  const today = await spending("TODAY", 101, 100);
  await spending("EMPTY", 100, 100);
  await spending("MONTH", 204, 100, other);
  await spending("UNUSED", 500, 0);
  await spending("NOTHING", 0, 0);
  value(await changeOrganizationsActive([today], false, operator));
  value(await changeOrganizationsTags([1, 2, 4], { to: "add", tags: ["faculty:law"] }, operator));
});

const view = (query: string) => organizationsSearchParams.decode(new URLSearchParams(query));

function list(query: string, scope = everything): string {
  const { items, counts } = listOrganizations(scope, view(query), totalsByCreditType(scope));
  const codes = items.map(({ code }) => code).join(" ");
  // A file and a change of the whole view have the same organizations as all pages of it.
  expect(organizationIds(scope, { ...view(query), page: 1 })).toEqual(
    listOrganizations(scope, { ...view(query), size: "100", page: 1 }, totalsByCreditType(scope)).items.map(
      ({ id }) => id,
    ),
  );
  return `${codes} | ${counts.all} ${counts.active} ${counts.inactive}`;
}

describe("the list by how long balances last", () => {
  it.each([
    ["sort=runs-out", "TODAY EMPTY SEVEN THIRTY MONTH NINETY UNUSED NOTHING | 8 7 1"],
    ["sort=-runs-out", "NOTHING UNUSED NINETY MONTH THIRTY SEVEN EMPTY TODAY | 8 7 1"],
    ["sort=runs-out&runs-out=30", "TODAY EMPTY SEVEN THIRTY | 4 3 1"],
    ["sort=-runs-out&runs-out=90&status=active", "NINETY MONTH THIRTY SEVEN EMPTY | 6 5 1"],
    ["runs-out=7&sort=name", "EMPTY SEVEN TODAY | 3 2 1"],
    ["runs-out=90&type=2", "MONTH | 1 1 0"],
    ["runs-out=30&q=t&sort=name", "EMPTY THIRTY TODAY | 3 2 1"],
    ["runs-out=30&tag=faculty:law&sort=name", "THIRTY TODAY | 2 1 1"],
    ["runs-out=30&status=inactive", "TODAY | 4 3 1"],
    ["runs-out=7&q=ninety", " | 0 0 0"],
    ["sort=-spent-30d&status=inactive", "TODAY | 8 7 1"],
    ["sort=spent-30d&q=n&status=active", "UNUSED NOTHING NINETY SEVEN MONTH | 5 5 0"],
  ])("%s", (query, expected) => {
    expect(list(query)).toBe(expected);
  });

  it("has only the organizations of the scope", async () => {
    const user = await aPortalUser(null);
    await aGrant(user, "viewer", { tag: "faculty:law" });
    expect(list("runs-out=30&sort=runs-out", scopeOf(user))).toBe("TODAY THIRTY | 2 1 1");
    expect(list("runs-out=90&q=ninety", scopeOf(user))).toBe("NINETY | 1 1 0");
  });

  it("is exported with what was spent in 30 days and the day on which credits run out", () => {
    const file = [
      ...exportOrganizations(everything, view("runs-out=30&sort=runs-out"), { figures: true, now: NOW }),
    ].join("");
    const [header = "", ...rows] = file
      .trim()
      .split(/\r?\n/)
      .map((line) => line.split(","));
    const cells = rows.map((row) =>
      ["code", "balance", "spent_30_days", "runs_out"].map((name) => row[(header as string[]).indexOf(name)]),
    );
    expect(cells).toEqual([
      ["TODAY", "1", "100", "2026-11-26"],
      ["EMPTY", "0", "100", ""],
      ["SEVEN", "24", "100", "2026-12-03"],
      ["THIRTY", "100", "100", "2026-12-26"],
    ]);
  });
});
