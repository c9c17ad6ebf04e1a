// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { PreviewTable } from "#components/batches/preview-table.tsx";

it.each([
  [[""], ["Organization", "Now"]],
  [
    ["", "has it already"],
    ["Organization", "Now", "Remark"],
  ],
])("has a column of remarks only where a row has one: %j", (remarks, columns) => {
  render(
    <PreviewTable
      label="Preview"
      subject="Organization"
      columns={["Now"]}
      rows={remarks}
      read={(remark) => ({
        id: remark.length,
        name: "Law",
        code: "LAW",
        values: ["5"],
        remark,
        isShort: false,
      })}
    />,
  );
  expect(screen.getAllByRole("columnheader").map((one) => one.textContent)).toEqual(columns);
  expect(screen.getAllByRole("cell").length).toBe(remarks.length * (columns.length - 1));
});
