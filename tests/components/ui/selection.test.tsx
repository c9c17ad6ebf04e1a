// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { SelectPage } from "#components/ui/select-page.tsx";
import { SelectBox } from "#components/ui/status-controls.tsx";
import { StatusForm } from "#components/ui/status-form.tsx";

const PEOPLE = ["Ana", "Bo", "Chen", "Dee", "Eli"].map((name, n) => ({ id: n + 1, name, active: true }));

function show(label?: string) {
  render(
    <>
      <StatusForm
        id="people"
        shown="shown"
        page="/people/status"
        one="person"
        many="people"
        meaning=""
        items={PEOPLE}
        total={5}
        viewQuery=""
        back="/people"
        action={async () => ({})}
      />
      <SelectPage form="people" {...(label !== undefined && { label })} />
      {PEOPLE.map((subject) => (
        <SelectBox key={subject.id} form="people" subject={subject} />
      ))}
      <input type="checkbox" aria-label="Of another form" />
    </>,
  );
  return userEvent.setup();
}

const box = (name: string) => screen.getByRole<HTMLInputElement>("checkbox", { name: `Select ${name}` });
const wholePage = () => screen.getByRole<HTMLInputElement>("checkbox", { name: "Whole page" });
const selected = () => PEOPLE.filter(({ name }) => box(name).checked).map(({ name }) => name);

it("selects every row between two presses with Shift, in both directions", async () => {
  const user = show();
  await user.click(box("Dee"));
  await user.keyboard("{Shift>}");
  await user.click(box("Bo"));
  await user.keyboard("{/Shift}");
  expect(selected()).toEqual(["Bo", "Chen", "Dee"]);
  expect(screen.getByText("3 selected")).toBeVisible();
});

it("takes a range out of the selection, where the last press did", async () => {
  const user = show();
  await user.click(wholePage());
  await user.click(box("Bo"));
  await user.keyboard("{Shift>}");
  await user.click(box("Dee"));
  await user.keyboard("{/Shift}");
  expect(selected()).toEqual(["Ana", "Eli"]);
});

it("selects one row by the first press with Shift, because there is no other end", async () => {
  const user = show();
  await user.keyboard("{Shift>}");
  await user.click(box("Chen"));
  await user.keyboard("{/Shift}");
  expect(selected()).toEqual(["Chen"]);
});

it("shows in the heading whether all, some or no rows are selected", async () => {
  const user = show();
  const heading = () => (wholePage().indeterminate ? "some" : wholePage().checked ? "all" : "none");
  expect(heading()).toBe("none");
  await user.click(box("Ana"));
  expect(heading()).toBe("some");
  await user.click(wholePage());
  expect([heading(), selected().length]).toEqual(["all", 5]);
  await user.click(screen.getByRole("button", { name: "Clear" }));
  expect([heading(), selected().length]).toEqual(["none", 0]);
  for (const { name } of PEOPLE) await user.click(box(name));
  expect(heading()).toBe("all");
  await user.click(wholePage());
  expect([heading(), selected().length]).toEqual(["none", 0]);
});

it("leaves checkboxes of other forms alone", async () => {
  const user = show();
  await user.click(wholePage());
  expect(screen.getByRole("checkbox", { name: "Of another form" })).not.toBeChecked();
});

it("selects and shows the same by a checkbox with a text beside it", async () => {
  const user = show("All on this page");
  const all = screen.getByRole<HTMLInputElement>("checkbox", { name: "All on this page" });
  await user.click(screen.getByText("All on this page"));
  expect([all.checked, selected().length]).toEqual([true, 5]);
  await user.click(box("Bo"));
  expect([all.checked, all.indeterminate]).toEqual([false, true]);
  await user.click(all);
  await user.click(all);
  expect([all.indeterminate, selected()]).toEqual([false, []]);
});
