// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeAll, expect, it } from "vitest";
import { SelectPage } from "#components/ui/select-page.tsx";
import { SelectBox, StatusMenuItem } from "#components/ui/status-controls.tsx";
import { StatusForm } from "#components/ui/status-form.tsx";
import type { FormState } from "#lib/form-state.ts";

beforeAll(() => {
  // jsdom knows the element, though not its methods.
  HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close ??= function (this: HTMLDialogElement) {
    this.open = false;
  };
});

const PEOPLE = [
  { id: 1, name: "Ana", active: true },
  { id: 2, name: "Bo", active: false },
  { id: 3, name: "Chen", active: true },
];

function show({
  total = 3,
  whole,
  answer = {},
  answers = [],
}: {
  total?: number;
  whole?: { choice: string; chosen: string } | null;
  answer?: FormState;
  answers?: FormState[];
} = {}) {
  const sent: Record<string, string>[] = [];
  render(
    <>
      <StatusForm
        id="people"
        shown="shown"
        page="/people/status"
        one="person"
        many="people"
        meaning="It ends at once."
        fields={{ organization: "9" }}
        items={PEOPLE}
        total={total}
        {...(whole !== undefined && { whole })}
        viewQuery="?q=a"
        back="/people?q=a"
        action={async (_state, data) => {
          sent.push(Object.fromEntries([...data].map(([name, text]) => [name, String(text)])));
          return answers.shift() ?? answer;
        }}
      />
      {PEOPLE.map((subject) => (
        <p key={subject.id}>
          <SelectBox form="people" subject={subject} />
          <StatusMenuItem form="people" subject={subject} />
        </p>
      ))}
    </>,
  );
  return { sent, user: userEvent.setup() };
}

const COMMON = { organization: "9", back: "/people?q=a", stay: "1" };

it("asks before one is deactivated, whatever is selected, and does nothing on Cancel", async () => {
  const { sent, user } = show();
  await user.click(screen.getByLabelText("Select Chen"));
  await user.click(screen.getByRole("button", { name: /^Deactivate ?Ana$/ }));
  expect(screen.getByRole("dialog", { name: "Deactivate Ana?" })).toHaveTextContent("It ends at once.");
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  expect(sent).toEqual([]);
  await user.click(screen.getByRole("button", { name: /^Deactivate ?Ana$/ }));
  await user.click(screen.getByRole("button", { name: "Deactivate" }));
  expect(sent).toEqual([{ ...COMMON, to: "deactivate", ids: "1" }]);
});

it("activates one without asking", async () => {
  const { sent, user } = show();
  await user.click(screen.getByRole("button", { name: /^Activate ?Bo$/ }));
  expect(sent).toEqual([{ ...COMMON, to: "activate", ids: "2" }]);
});

it("changes the selected ones, or all of the view, and clears the selection", async () => {
  const { sent, user } = show({ total: 70 });
  await user.click(screen.getByLabelText("Select Ana"));
  await user.click(screen.getByLabelText("Select Chen"));
  expect(screen.getByText("2 selected")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Deactivate selected" }));
  expect(screen.getByRole("dialog", { name: "Deactivate 2 people?" })).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Deactivate" }));
  expect(sent).toEqual([{ ...COMMON, to: "deactivate", ids: "1,3" }]);
  expect(screen.getByLabelText("Select Ana")).not.toBeChecked();

  expect(screen.getByText("List of people")).toHaveFocus();
});

it("asks before it changes a whole view, as the server counts it, and again when the count has changed", async () => {
  const question = { changes: 66, total: 70, expected: "first" };
  const { sent, user } = show({
    total: 70,
    answers: [
      { question },
      { question: { ...question, changes: 67, expected: "second" } },
      { finished: true },
    ],
  });
  await user.click(screen.getByLabelText("Select Bo"));
  await user.click(screen.getByLabelText("All 70 in this view"));
  await user.click(screen.getByRole("button", { name: "Deactivate selected" }));
  expect(sent).toEqual([{ ...COMMON, to: "deactivate", view: "?q=a" }]);
  const first = await screen.findByRole("dialog", {
    name: "Deactivate 66 of 70 people; 4 are inactive already?",
  });
  expect(first).toHaveTextContent("It ends at once.");
  await user.click(screen.getByRole("button", { name: "Deactivate" }));
  expect(sent[1]).toEqual({ ...COMMON, to: "deactivate", view: "?q=a", expected: "first" });
  await screen.findByRole("dialog", { name: "Deactivate 67 of 70 people; 3 are inactive already?" });
  expect(screen.getByRole("alert")).toHaveTextContent("The view has changed. Check the new count.");
  await user.click(screen.getByRole("button", { name: "Deactivate" }));
  expect(sent[2]).toEqual({ ...COMMON, to: "deactivate", view: "?q=a", expected: "second" });
  expect(screen.queryByRole("dialog")).toBeNull();
});

it("gives the focus to the list when the selection is cleared", async () => {
  const { user } = show();
  await user.click(screen.getByLabelText("Select Ana"));
  await user.click(screen.getByRole("button", { name: "Clear" }));
  expect(screen.getByText("List of people")).toHaveFocus();
});

it("has other words for a view whose rows are not what is counted, or no such choice", async () => {
  const { sent, user } = show({
    whole: { choice: "All 2 people in this view", chosen: "All 2 people selected" },
  });
  await user.click(screen.getByLabelText("Select Bo"));
  await user.click(screen.getByLabelText("All 2 people in this view"));
  expect(screen.getByText("All 2 people selected")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Activate selected" }));
  expect(sent).toEqual([{ ...COMMON, to: "activate", view: "?q=a" }]);
  cleanup();
  show({ total: 70, whole: null });
  expect(screen.queryByLabelText(/^All .* in this view$/)).toBeNull();
});

it("counts only those of a selection that change", async () => {
  const { sent, user } = show();
  for (const name of ["Ana", "Bo", "Chen"]) await user.click(screen.getByLabelText(`Select ${name}`));
  await user.click(screen.getByRole("button", { name: "Deactivate selected" }));
  expect(
    screen.getByRole("dialog", { name: "Deactivate 2 of 3 people; 1 is inactive already?" }),
  ).toBeVisible();
  expect(sent).toEqual([]);
});

it("shows a refusal in the dialog and keeps the selection", async () => {
  const { user } = show({ answer: { message: "Your role may not do this." } });
  await user.click(screen.getByLabelText("Select Ana"));
  await user.click(screen.getByRole("button", { name: "Deactivate selected" }));
  await user.click(screen.getByRole("button", { name: "Deactivate" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Your role may not do this.");
  expect(screen.getByLabelText("Select Ana")).toBeChecked();
});

/** A list whose search leads from five people on two pages to two of them on one page. */
function Searched({ sent }: { sent: string[] }) {
  const [found, setFound] = useState(false);
  const items = found ? PEOPLE.slice(1) : PEOPLE;
  return (
    <>
      <StatusForm
        id="people"
        shown="shown"
        page="/people/status"
        one="person"
        many="people"
        meaning="It ends at once."
        items={items}
        total={found ? 2 : 5}
        viewQuery={found ? "?q=e" : ""}
        back={found ? "/people?q=e" : "/people"}
        action={async (_state, data) => {
          sent.push(String(data.get("ids") ?? `view ${data.get("view")}`));
          return {};
        }}
      />
      <SelectPage form="people" />
      {items.map((subject) => (
        <SelectBox key={subject.id} form="people" subject={subject} />
      ))}
      <button type="button" onClick={() => setFound(!found)}>
        {found ? "Back" : "Search"}
      </button>
    </>
  );
}

it("forgets the selection where the view becomes another, and then acts on what is selected in that one alone", async () => {
  const sent: string[] = [];
  const user = userEvent.setup();
  render(<Searched sent={sent} />);
  const checked = () => screen.getAllByRole("checkbox", { checked: true, hidden: true }).length;
  const none = () => screen.queryAllByRole("checkbox", { checked: true, hidden: true });
  await user.click(screen.getByLabelText("Whole page"));
  await user.click(screen.getByLabelText("All 5 in this view"));
  expect(checked()).toBe(5);
  await user.click(screen.getByRole("button", { name: "Search" }));
  expect(none()).toEqual([]);
  expect(screen.queryByText(/ selected$/, { selector: "p" })).toBeNull();
  await user.click(screen.getByLabelText("Select Bo"));
  expect(screen.getByText("1 selected")).toBeVisible();
  expect(screen.getByLabelText<HTMLInputElement>("Whole page").indeterminate).toBe(true);
  await user.click(screen.getByRole("button", { name: "Activate selected" }));
  expect(sent).toEqual(["2"]);
  await user.click(screen.getByLabelText("Whole page"));
  await user.click(screen.getByRole("button", { name: "Back" }));
  expect(none()).toEqual([]);
});

it("counts a selection again when a row leaves the page, and takes back the whole view when one page is left", async () => {
  const sent: string[] = [];
  const list = (items: typeof PEOPLE, total: number) => (
    <>
      <StatusForm
        id="people"
        shown="shown"
        page="/people/status"
        one="person"
        many="people"
        meaning="It ends at once."
        items={items}
        total={total}
        viewQuery=""
        back="/people"
        action={async (_state, data) => {
          sent.push(String(data.get("ids") ?? `view ${data.get("view")}`));
          return {};
        }}
      />
      {items.map((subject) => (
        <SelectBox key={subject.id} form="people" subject={subject} />
      ))}
    </>
  );
  const user = userEvent.setup();
  const { rerender } = render(list(PEOPLE, 4));
  await user.click(screen.getByLabelText("Select Ana"));
  await user.click(screen.getByLabelText("Select Bo"));
  await user.click(screen.getByLabelText("All 4 in this view"));
  rerender(list(PEOPLE.slice(1), 2));
  expect(screen.getByText("1 selected")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Activate selected" }));
  expect(sent).toEqual(["2"]);
});
