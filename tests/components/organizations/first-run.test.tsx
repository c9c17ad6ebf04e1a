// @vitest-environment jsdom
import { render, screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { FirstRunList } from "#components/organizations/first-run.tsx";

it("ticks what is done, links to what is not, and can be hidden", () => {
  render(
    <FirstRunList
      done={{ creditType: true, purchase: true, organization: false, member: false, apiKey: false }}
      hide={async () => {}}
    />,
  );
  const steps = within(screen.getByRole("list")).getAllByRole("listitem");
  expect(steps.map((step) => within(step).queryByLabelText("Done") !== null)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  expect(screen.getAllByRole("link").map((link) => link.getAttribute("href"))).toEqual([
    "/organizations/new",
    "/members/new",
    "/api-keys/new",
  ]);
  expect(screen.getByRole("button", { name: "Hide this list" })).toHaveAttribute("type", "submit");
});

it.each([
  [false, true, ["Fill with demo data"]],
  [true, true, []],
  [false, false, []],
])("with a credit type: %s, as an owner: %s, it offers the demo: %j", (creditType, offersDemo, names) => {
  const done = { creditType, purchase: false, organization: false, member: false, apiKey: false };
  render(<FirstRunList done={done} hide={async () => {}} offersDemo={offersDemo} />);
  expect(screen.queryAllByRole("link", { name: /demo/ }).map((link) => link.textContent)).toEqual(names);
});
