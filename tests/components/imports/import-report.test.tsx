// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
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
