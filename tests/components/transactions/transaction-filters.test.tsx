// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { AppRouterContext } from "next/dist/shared/lib/app-router-context.shared-runtime";
import { useState } from "react";
import { expect, it } from "vitest";
import { TransactionFilters } from "#components/transactions/transaction-filters.tsx";
import type { DateFormat } from "#lib/time.ts";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";

/** A page that follows the addresses it is sent to. */
function Page({ start = "/transactions", dateFormat = "DD/MM/YYYY" as DateFormat }) {
  const [here, setHere] = useState(start);
  const [asked, setAsked] = useState<string[]>([]);
  const push = (href: string) => {
    setAsked((before) => [...before, href]);
    setHere(href);
  };
  const ignore = () => {};
  const router = {
    push,
    replace: ignore,
    back: ignore,
    forward: ignore,
    refresh: ignore,
    prefetch: ignore,
    hmrRefresh: ignore,
    bfcacheId: "",
  };
  const view = transactionsSearchParams.decode(new URL(here, "http://portal.invalid").searchParams);
  return (
    <AppRouterContext.Provider value={router}>
      <TransactionFilters
        view={view}
        path="/transactions"
        today={20_261_124}
        dateFormat={dateFormat}
        memberText={view.member}
        applicationText=""
        keyName="Essay coach"
        creditTypes={[{ id: 3, name: "SGD Credits" }]}
        hasTags
        withinOrganization={false}
      />
      <output>{asked.join(" ")}</output>
    </AppRouterContext.Provider>
  );
}

const statusWords = () => screen.getByRole("status").textContent?.split(" ");

it("applies text when the focus leaves it or by Enter, once, and not without a change", async () => {
  const user = userEvent.setup();
  render(<Page />);
  await user.type(screen.getByLabelText("Member"), "chloe");
  await user.tab();
  await user.tab();
  expect(statusWords()).toEqual(["/transactions?member=chloe"]);
  await user.type(screen.getByLabelText("Model"), "gpt-4o{Enter}");
  await user.tab();
  expect(statusWords()).toEqual(["/transactions?member=chloe", "/transactions?member=chloe&model=gpt-4o"]);
});

it.each([
  ["DD/MM/YYYY", "01/10/2026"],
  ["MM/DD/YYYY", "10/01/2026"],
  ["D MMM YYYY", "1 Oct 2026"],
  ["DD.MM.YYYY", "01.10.2026"],
  ["DD/MM/YYYY", "2026-10-01"],
] as const)("takes a day as %s writes it: %s", async (dateFormat, text) => {
  const user = userEvent.setup();
  render(<Page dateFormat={dateFormat} />);
  await user.type(screen.getByLabelText("From"), text);
  expect(statusWords()).toEqual(["/transactions?from=2026-10-01"]);
});

it.each([
  ["YYYY-MM-DD", "2026-11-24"],
  ["DD/MM/YYYY", "2026-11-24"],
  ["DD/MM/YYYY", "24/11/2026"],
] as const)("waits for the whole day, as %s writes it or as %s", async (dateFormat, text) => {
  const user = userEvent.setup();
  render(<Page dateFormat={dateFormat} />);
  await user.type(screen.getByLabelText("From"), text);
  expect(statusWords()).toEqual(["/transactions?from=2026-11-24"]);
});

it("waits until a day that is changed in its place is whole again", async () => {
  const user = userEvent.setup();
  render(<Page start="/transactions?from=2026-11-24" />);
  const from = screen.getByLabelText<HTMLInputElement>("From");
  await user.type(from, "{Backspace}5", { initialSelectionStart: 2, initialSelectionEnd: 2 });
  expect(from).toHaveValue("25/11/2026");
  expect(from.selectionStart).toBe(2);
  expect(statusWords()).toEqual(["/transactions?from=2026-11-25"]);
});

it("takes a day without its zeros by Enter or when the focus leaves it, and none at once", async () => {
  const user = userEvent.setup();
  render(<Page />);
  await user.type(screen.getByLabelText("From"), "1/10/2026");
  expect(statusWords()).toEqual([""]);
  await user.tab();
  expect(screen.getByLabelText("From")).toHaveValue("01/10/2026");
  await user.type(screen.getByLabelText("To"), "2026-10-5{Enter}");
  expect(screen.getByLabelText("To")).toHaveValue("05/10/2026");
  await user.clear(screen.getByLabelText("From"));
  expect(statusWords()).toEqual([
    "/transactions?from=2026-10-01",
    "/transactions?from=2026-10-01&to=2026-10-05",
    "/transactions?to=2026-10-05",
  ]);
});

it("shows at the field what is no day, and keeps the text", async () => {
  const user = userEvent.setup();
  render(<Page />);
  await user.type(screen.getByLabelText("From"), "31/02/2026{Enter}");
  expect(screen.getByRole("alert")).toHaveTextContent("Enter a date as DD/MM/YYYY.");
  expect(screen.getByLabelText("From")).toHaveValue("31/02/2026");
  expect(screen.getByLabelText("From")).toBeInvalid();
  expect(statusWords()).toEqual([""]);
});

it("takes a month or a quarter in place of days, and days in place of a month", async () => {
  const user = userEvent.setup();
  render(<Page start="/transactions?from=2026-10-05" />);
  expect(screen.getByLabelText("From")).toHaveValue("05/10/2026");
  await user.selectOptions(screen.getByLabelText("Month"), "October 2026");
  await user.selectOptions(screen.getByLabelText("Month"), "Q3 2026");
  await user.type(screen.getByLabelText("To"), "02/11/2026");
  expect(statusWords()).toEqual([
    "/transactions?period=2026-10",
    "/transactions?period=2026-q3",
    "/transactions?to=2026-11-02",
  ]);
});

it("adds a tag to those of the filter, and removes each by a link", async () => {
  const user = userEvent.setup();
  render(<Page start="/transactions?tag=faculty:arts&only=faculty" />);
  expect(screen.getByRole("link", { name: "Remove the filter no other faculty" })).toHaveAttribute(
    "href",
    "/transactions?tag=faculty:arts",
  );
  expect(screen.getByRole("link", { name: "Remove the filter faculty:arts" })).toHaveAttribute(
    "href",
    "/transactions",
  );
  await user.type(screen.getByLabelText("Tag"), "Site:Lyon{Enter}");
  expect(statusWords()).toEqual(["/transactions?tag=faculty:arts&tag=site:lyon"]);
  expect(screen.getByLabelText("Tag")).toHaveValue("");
});

it("keeps the tab and what its table is grouped by when all filters are cleared", () => {
  render(<Page start="/transactions?tab=spending&period=2026-10&by=member&per=week" />);
  expect(screen.getByRole("link", { name: "Clear" })).toHaveAttribute(
    "href",
    "/transactions?tab=spending&by=member&per=week",
  );
});

it("names what was spent without a model or a key, keeps it beside other filters, and removes each by a link", async () => {
  const user = userEvent.setup();
  render(<Page start="/transactions?model=none&key=none" />);
  const chip = (name: string) => screen.getByRole("link", { name: `Remove the filter ${name}` });
  expect(chip("No model")).toHaveAttribute("href", "/transactions?key=none");
  expect(chip("No API key")).toHaveAttribute("href", "/transactions?model=none");
  expect(screen.queryByLabelText("Model")).toBeNull();
  await user.selectOptions(screen.getByLabelText("Kind"), "Spends and their reversals");
  expect(statusWords()).toEqual(["/transactions?kind=spending&model=none&key=none"]);
});
