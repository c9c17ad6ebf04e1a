import { describe, expect, it } from "vitest";
import { filterWords as memberWords } from "#components/members/words.ts";
import { filterWords as organizationWords } from "#components/organizations/organization-words.ts";
import { filterWords as transactionWords } from "#components/transactions/transaction-words.ts";
import { printCell } from "#components/ui/print-cell.ts";
import { membersSearchParams } from "#lib/members/search-params.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";

const creditTypes = [{ id: 2, name: "SGD Credits" }];

describe("the filters of a printed list in words", () => {
  it.each([
    ["", []],
    ["sort=-balance&view=table&page=3", []],
    ["status=inactive&q=law&type=2", ["Inactive", "Name or code has “law”", "Credit type SGD Credits"]],
    [
      "type=9&tag=faculty:arts&tag=city:rome&runs-out=30",
      ["Credit type #9", "Tag city:rome", "Tag faculty:arts", "Runs out within 30 days"],
    ],
  ])("of organizations: %s", (query, expected) => {
    const view = organizationsSearchParams.decode(new URLSearchParams(query));
    expect(organizationWords(view, creditTypes)).toEqual(expected);
  });

  it.each([
    ["", []],
    [
      "q=ana&organization=LAW&role=admin&status=active&used=80",
      [
        "Name or email has “ana”",
        "Organization LAW",
        "Role Admin",
        "Active",
        "80% or more of the allowance used",
      ],
    ],
  ])("of people: %s", (query, expected) => {
    expect(memberWords(membersSearchParams.decode(new URLSearchParams(query)))).toEqual(expected);
  });

  const nobody = { organization: null, member: null, application: null, key: null };
  const words = (query: string, filter: Parameters<typeof transactionWords>[1]["filter"] = nobody) =>
    transactionWords(transactionsSearchParams.decode(new URLSearchParams(query)), {
      filter,
      creditTypes,
      dateFormat: "DD/MM/YYYY",
      isWithin: false,
    });

  it.each([
    ["", []],
    ["period=2026-10", ["October 2026"]],
    ["period=30-days&kind=spending", ["Last 30 days", "Spends and their reversals"]],
    ["period=30-days&from=2026-10-03", ["From 03/10/2026"]],
    ["to=2026-10-04&model=gpt-4o&externalId=req-1", ["To 04/10/2026", "Model gpt-4o", "External id req-1"]],
    ["model=none&key=none", ["No model", "No API key"]],
    ['model="none"&key=7', ["Model none", "API key 7"]],
    ["type=2&only=faculty", ["Credit type SGD Credits", "No tag faculty"]],
    ["tag=faculty:arts&only=faculty", ["Tag faculty:arts", "No other tag faculty"]],
    ["organization=NOPE&member=7&application=3", ["Organization NOPE", "Member 7", "Application 3"]],
  ])("of transactions: %s", (query, expected) => {
    expect(words(query)).toEqual(expected);
  });

  it("of transactions, with the names of what the filter has found", () => {
    const filter = {
      organization: { id: 1, code: "LAW", name: "Law School" },
      member: { id: 7, name: "Ana García", email: "ana@example.edu" },
      application: { id: 3, name: "tutor", nameKey: "tutor" },
      key: { name: "gateway" },
    };
    expect(words("organization=LAW&member=7&application=3&key=5", filter)).toEqual([
      "Organization Law School",
      "Member Ana García (ana@example.edu)",
      "Application tutor",
      "API key gateway",
    ]);
  });
});

it("a printed cell has a line below for each text that there is", () => {
  expect(printCell("LAW", null, undefined, "")).toBe("LAW");
  expect(printCell(null)).toBe("");
  expect(printCell("Law", "LAW", "", "faculty:arts")).toEqual(["Law", "LAW\nfaculty:arts"]);
});
