// @vitest-environment jsdom
import { cleanup, render, screen, within } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { ImportReportView } from "#components/imports/import-report.tsx";
import type { ImportReport } from "#lib/imports/rules.ts";

afterEach(cleanup);

const REPORT: ImportReport = {
  digest: "",
  rows: 3,
  emptyRows: 0,
  fileNotes: [],
  active: 0,
  inactive: 0,
  mode: "add",
  added: 0,
  changed: 0,
  unchanged: 0,
  changes: [],
  errors: [],
  errorCount: 3,
  errorGroups: [
    {
      message: "There is no credit type called Gold.",
      rows: 1,
      lines: [2],
      remedy: { kind: "create_credit_type", name: "Gold" },
    },
    {
      message: "There is no organization with the code BIO.",
      rows: 1,
      lines: [3],
      remedy: { kind: "create_organization", code: "BIO" },
    },
    { message: "It exists.", rows: 1, lines: [4], remedy: { kind: "change_existing" } },
  ],
  notes: [],
  noteCount: 0,
  ignoredColumns: [],
  sample: { header: [], rows: [] },
};

const shown = (mayCreate: boolean) => {
  render(
    <ImportReportView report={REPORT} here="/members/import/1" badRowsHref={null} mayCreate={mayCreate} />,
  );
  return {
    links: screen.queryAllByRole("link").map(({ textContent }) => textContent),
    forOthers: screen.queryAllByText("An admin of the enterprise can create it.").length,
    mode: screen.queryAllByText(/Check again with/).length,
  };
};

it("offers an admin of the enterprise what puts the rows right", () => {
  expect(shown(true)).toEqual({ links: ["Create Gold", "Create the organization"], forOthers: 0, mode: 1 });
});

it("tells an admin of an organization who may create what is missing", () => {
  expect(shown(false)).toEqual({ links: [], forOthers: 2, mode: 1 });
});

const show = (change: Partial<ImportReport>) =>
  render(
    <ImportReportView
      report={{ ...REPORT, errorCount: 0, errorGroups: [], ...change }}
      here="/members/import/1"
      badRowsHref={null}
      mayCreate
    />,
  );

it("breaks a word in a cell only where it is long, because a column of half words is hard to read", () => {
  const email = `${"a".repeat(40)}@example.edu`;
  show({ sample: { header: ["email", "status"], rows: [[email, "inactive"]] } });
  expect(screen.getByRole("cell", { name: email })).toHaveClass("wrap-anywhere");
  expect(screen.getByRole("cell", { name: "inactive" })).not.toHaveClass("wrap-anywhere");
});

it.each([
  [1, "First row"],
  [2, "First 2 rows"],
])("names %i rows of the file in words", (count, heading) => {
  show({ sample: { header: ["name"], rows: Array.from({ length: count }, () => ["Law"]) } });
  expect(screen.getByRole("heading", { name: heading })).toBeVisible();
});

it("gives the changes and their table different names, because both are landmarks", () => {
  const cells = [{ column: "name", old: "Law", new: "Laws" }];
  show({ mode: "both", changed: 1, changes: [{ line: 2, label: "LAW", cells }] });
  const section = screen.getByRole("region", { name: "Changes" });
  expect(within(section).getByRole("region", { name: "Changed cells" })).toBeVisible();
});
