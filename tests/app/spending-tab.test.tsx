// @vitest-environment jsdom
import { render, screen, within } from "@testing-library/react";
import { AppRouterContext } from "next/dist/shared/lib/app-router-context.shared-runtime";
import { expect, it } from "vitest";
import { SpendingTab } from "#app/(portal)/transactions/spending-tab.tsx";
import { getSettings } from "#lib/settings/queries.ts";
import { transactionsHref, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { spendingFigures } from "#lib/transactions/spending-figures.ts";
import { aCreditType, aMember, anOrganization, credits, everything, spent } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const ignore = () => {};
const router = {
  push: ignore,
  replace: ignore,
  back: ignore,
  forward: ignore,
  refresh: ignore,
  prefetch: ignore,
  hmrRefresh: ignore,
  bfcacheId: "",
};

async function renderTab(query: string): Promise<void> {
  const view = transactionsSearchParams.decode(new URLSearchParams(query));
  const figures = await spendingFigures(everything, view, 20_261_124);
  if (!figures) throw new Error("there is no spending");
  render(
    <AppRouterContext.Provider value={router}>
      <SpendingTab
        view={view}
        figures={figures}
        settings={getSettings()}
        path="/transactions"
        href={(change) => transactionsHref(view, change)}
        fileHref="/transactions/export?format=spending"
      />
    </AppRouterContext.Provider>,
  );
}

/** The row of the others, with 22 applications that spent as many credits as their number. */
async function rowOfOthers(query: string) {
  const creditType = await aCreditType({ available: credits(10_000) });
  await aMember(await anOrganization({ code: "LAW", creditType, balance: credits(1_000) }), {});
  for (let n = 1; n <= 22; n += 1) {
    await spent({
      id: `e-${n}`,
      organization: "LAW",
      application: `app-${n}`,
      credits: credits(n),
      occurredAt: new Date("2026-10-05T10:00:00Z"),
    });
  }
  await renderTab(query);
  return within(screen.getByRole("table", { name: "Spent by application" })).getByRole("row", {
    name: /^2 others/,
  });
}

it("an amount of the others leads to the table of its days with more rows", async () => {
  const row = await rowOfOthers("tab=spending&by=application&period=2026-10&per=month");
  const links = within(row)
    .getAllByRole("link")
    .map((link) => [link.textContent, link.getAttribute("href")]);
  const more = "tab=spending";
  expect(links).toEqual([
    ["2 others", `/transactions?${more}&period=2026-10&by=application&per=month&rows=100`],
    ["3", `/transactions?period=2026-10&${more}&by=application&rows=100`],
    ["3", `/transactions?from=2026-10-01&to=2026-10-31&${more}&by=application&rows=100`],
  ]);
});

it("a model that is not a text has a row without links", async () => {
  const creditType = await aCreditType({ available: credits(10_000) });
  await aMember(await anOrganization({ code: "LAW", creditType, balance: credits(1_000) }), {});
  for (const [model, amount] of [
    ["4", 2],
    ['"4"', 1],
  ] as const) {
    const occurredAt = new Date("2026-10-05T10:00:00Z");
    await spent({ credits: credits(amount), metadata: `{"model":${model}}`, occurredAt });
  }
  await renderTab("tab=spending&by=model&period=2026-10&per=month");
  const rows = within(screen.getByRole("table", { name: "Spent by model" })).getAllByRole("row");
  const hrefs = rows.slice(1, 3).map((row) => [
    within(row).getByRole("rowheader").textContent,
    within(row)
      .queryAllByRole("link")
      .map((link) => link.getAttribute("href")),
  ]);
  expect(hrefs).toEqual([
    ["4not a text", []],
    [
      "4",
      [
        "/transactions?tab=spending&period=2026-10&model=4&per=month",
        "/transactions?period=2026-10&kind=spending&model=4",
        "/transactions?from=2026-10-01&to=2026-10-31&kind=spending&model=4",
      ],
    ],
  ]);
});
