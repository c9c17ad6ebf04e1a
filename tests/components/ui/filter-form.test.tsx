// @vitest-environment jsdom
import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { TransactionFilters } from "#components/transactions/transaction-filters.tsx";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { SlowPages } from "#tests/support/slow-pages.tsx";

/** The filters of transactions, whose server is slow and finds Ana by "ana". */
function show(start = "/transactions") {
  const answers: (() => void)[] = [];
  render(
    <SlowPages start={start} answers={answers}>
      {({ searchParams }) => {
        const view = transactionsSearchParams.decode(searchParams);
        return (
          <TransactionFilters
            view={view}
            path="/transactions"
            today={20_261_124}
            dateFormat="DD/MM/YYYY"
            memberText={view.member === "ana" ? "ana@example.edu" : view.member}
            applicationText=""
            keyName={null}
            creditTypes={[]}
            hasTags
            withinOrganization={false}
          />
        );
      }}
    </SlowPages>,
  );
  const answer = () => {
    for (const one of answers.splice(0)) one();
  };
  return { answer, user: userEvent.setup() };
}

const address = () => screen.getByRole("status").textContent?.split(" ").at(-1);

it("keeps what is typed in one field when the answer to another comes", async () => {
  const { answer, user } = show();
  await user.type(screen.getByLabelText("Organization"), "ENG");
  await user.tab();
  await user.type(screen.getByLabelText("Member"), "ana");
  answer();
  await expect.poll(address).toBe("/transactions?organization=ENG");
  expect(screen.getByLabelText("Organization")).toHaveValue("ENG");
  expect(screen.getByLabelText("Member")).toHaveValue("ana");
  await user.type(screen.getByLabelText("Member"), "{Enter}");
  answer();
  await expect.poll(address).toBe("/transactions?organization=ENG&member=ana");
  // The server names the member that it has found.
  expect(screen.getByLabelText("Member")).toHaveValue("ana@example.edu");
});

it("keeps what is typed in the same field after it was sent", async () => {
  const { answer, user } = show();
  await user.type(screen.getByLabelText("Member"), "ana{Enter}");
  await user.type(screen.getByLabelText("Member"), "belle");
  answer();
  await expect.poll(address).toBe("/transactions?member=ana");
  expect(screen.getByLabelText("Member")).toHaveValue("anabelle");
});

it("builds the next choice on the one before, also when no answer has come", async () => {
  const { answer, user } = show("/transactions?from=2026-10-05");
  await user.selectOptions(screen.getByLabelText("Month"), "October 2026");
  expect(screen.getByLabelText("From")).toHaveValue("");
  await user.selectOptions(screen.getByLabelText("Kind"), "Spends and their reversals");
  await user.type(screen.getByLabelText("Model"), "gpt-4o{Enter}");
  answer();
  await expect.poll(address).toBe("/transactions?period=2026-10&kind=spending&model=gpt-4o");
});

it("shows the texts of another view, also where somebody typed", async () => {
  const { answer, user } = show();
  await user.type(screen.getByLabelText("Organization"), "ENG{Enter}");
  answer();
  await expect.poll(address).toBe("/transactions?organization=ENG");
  await user.type(screen.getByLabelText("Member"), "an");
  // The browser's own button takes no focus.
  fireEvent.click(screen.getByRole("button", { name: "Back" }));
  await expect.poll(address).toBe("/transactions");
  expect(screen.getByLabelText("Organization")).toHaveValue("");
  expect(screen.getByLabelText("Member")).toHaveValue("");
});
