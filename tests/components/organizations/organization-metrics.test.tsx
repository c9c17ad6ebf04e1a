// @vitest-environment jsdom
import { render, screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { OrganizationMetrics } from "#components/organizations/organization-metrics.tsx";

it("counts the credit types that have no line of their own below those that have one", () => {
  const type = { organizations: 2, activeOrganizations: 1, members: 3, balance: 0n, spent: 0n };
  const byCreditType = ["A", "B", "C", "D", "E", "F"].map((name, index) => ({
    ...type,
    id: index + 1,
    name,
    currency: "SGD",
  }));
  const totals = { organizations: 12, activeOrganizations: 6, members: 18, balance: 0n, spent: 0n };
  render(
    <OrganizationMetrics totals={totals} byCreditType={byCreditType} worth={new Map()} isPart={false} />,
  );
  // In the list of the parts, because a phone shows no list for the first two figures.
  const lists = screen.getAllByRole("list");
  expect(lists.map((list) => within(list).getAllByRole("listitem").at(-1)?.textContent)).toEqual([
    "and 2 more credit types",
    "and 2 more credit types",
    "and 2 more credit types",
    "and 2 more credit types",
  ]);
  expect(lists.map((list) => list.classList.contains("max-sm:hidden"))).toEqual([true, true, false, false]);
  expect(screen.getByText("6 inactive")).toBeVisible();
});
