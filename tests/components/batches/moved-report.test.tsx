// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { MovedReportView } from "#components/batches/moved-report.tsx";
import { currencyOf } from "#lib/credit-types/rules.ts";

const line = { line: 2, name: "Law", code: "LAW", before: "0", amount: "1000", after: "1000", note: "" };
const pool = (name: string, change: string) => ({ name, available: "5000", change, after: "4000" });
const money = new Map([
  [1, { currency: currencyOf("EUR"), rates: [{ from: 0, rate: 100_000_000n }] }],
  [2, { currency: currencyOf("JPY"), rates: [{ from: 0, rate: 1_000_000n }] }],
]);
const creditTypes = [
  { id: 1, name: "EUR Credits" },
  { id: 2, name: "JPY Credits" },
];

it("names what the credits of a file are worth, in all and by pool", () => {
  const moved = {
    total: "1500",
    pools: [pool("EUR Credits", "-1000"), pool("JPY Credits", "-500")],
    lines: [line],
  };
  render(
    <MovedReportView moved={moved} rows={1} hasErrors={false} creditTypes={creditTypes} money={money} />,
  );
  expect(screen.getByText(/credits in all/)).toHaveTextContent("1,500 credits in all.= €10.00 + ¥500");
  expect(screen.getByRole("row", { name: /EUR Credits/ })).toHaveTextContent("−1,000= €10.00");
  expect(screen.getByRole("row", { name: /JPY Credits/ })).toHaveTextContent("−500= ¥500");
});

it("names no worth of a credit type that has another name by now", () => {
  const moved = { total: "1000", pools: [pool("Old name", "-1000")], lines: [line] };
  render(
    <MovedReportView moved={moved} rows={1} hasErrors={false} creditTypes={creditTypes} money={money} />,
  );
  expect(screen.getByText(/credits in all/).textContent).toBe("1,000 credits in all.");
});

it.each([
  [false, "The first 1 of 3 rows are shown."],
  [true, "Rows without an organization or an amount are left out."],
])("tells why it has fewer rows than the file, with errors: %s", (hasErrors, text) => {
  const moved = { total: "1000", pools: [pool("EUR Credits", "-1000")], lines: [line] };
  render(
    <MovedReportView moved={moved} rows={3} hasErrors={hasErrors} creditTypes={creditTypes} money={money} />,
  );
  expect(screen.getByText(/^(The first|Rows)/)).toHaveTextContent(text);
});
