import { expect, it } from "vitest";
import type { OrganizationRow } from "#components/organizations/organization-rows.ts";
import { packRows, unpackRows } from "#components/organizations/packed-rows.ts";

const LAW: OrganizationRow = {
  id: 7,
  name: "Faculty of Law",
  code: "EX-7",
  active: true,
  createdAt: 1764020954597,
  created: "24/11/2025",
  members: "26",
  balance: "277,452.123119",
  worth: "S$2,774.52",
  spent: "4.876881",
  spent30: "1.5",
  runsOut: "No spending",
  creditType: "Global Credits",
  allowance: "500 credits",
  tags: [],
};

const ART: OrganizationRow = {
  ...LAW,
  id: 8,
  name: 'Art | "École" of Bozen',
  code: "ART",
  active: false,
  spent30Worth: "S$0.01",
  spentWorth: "S$0.05",
  runsOut: "6 days",
  runsOutOn: "02/12/2026",
  urgency: "danger",
  tags: ["region:north", "school:arts"],
};

it("gives back the rows that it packed", () => {
  const rows = [LAW, ART, { ...LAW, urgency: "warning" as const, spentWorth: "S$0.05" }];
  expect(unpackRows(packRows(rows))).toEqual(rows);
  expect(unpackRows(packRows([]))).toEqual([]);
});

it("writes a line for each row without the values that are missing at its end", () => {
  expect(packRows([LAW, ART]).text.split("\n")).toEqual([
    "7\tFaculty of Law\tEX-7\t277,452.123119\tS$2,774.52\t4.876881\t1.5\t26\t1764020954597\t24/11/2025\tNo spending\t\t\tGlobal Credits\t500 credits",
    '8\tArt | "École" of Bozen\tART\t277,452.123119\tS$2,774.52\t4.876881\t1.5\t26\t1764020954597\t24/11/2025\t6 days\t02/12/2026\tdanger\tGlobal Credits\t500 credits\tinactive\tregion:north school:arts\tS$0.05\tS$0.01',
  ]);
});

it("keeps the values in their places if a name has a tab or a line break", () => {
  const broken = { name: "Faculty\tof\nLaw", code: "EX\t7", creditType: "Global\nCredits" };
  const [row] = unpackRows(packRows([{ ...LAW, ...broken }]));
  expect(row).toEqual({ ...LAW, name: "Faculty of Law", code: "EX 7", creditType: "Global Credits" });
});
