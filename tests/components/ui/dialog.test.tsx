// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, expect, it } from "vitest";
import { Dialog } from "#components/ui/dialog.tsx";

beforeAll(() => {
  // jsdom knows the element, though not its methods.
  HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close ??= function (this: HTMLDialogElement) {
    this.open = false;
  };
});

function show(children: React.ReactNode) {
  const closed: string[] = [];
  render(
    <Dialog open onClose={() => closed.push("closed")} title="Add credits">
      {children}
    </Dialog>,
  );
  return { closed, user: userEvent.setup() };
}

const FORM = (
  <form>
    <input type="hidden" name="id" value="7" />
    <input aria-label="Amount" />
    <button type="button">Cancel</button>
  </form>
);

it("puts the focus into its first field, or else on its first button", () => {
  show(FORM);
  expect(screen.getByLabelText("Amount")).toHaveFocus();
});

it("puts the focus on Cancel where there is no field", () => {
  show(<button type="button">Cancel</button>);
  expect(screen.getByRole("button", { name: "Cancel" })).toHaveFocus();
});

it.each(["Escape", "backdrop", "✕"])("asks before %s discards what was typed", async (way) => {
  const { closed, user } = show(FORM);
  const leave = async () => {
    if (way === "Escape") await user.keyboard("{Escape}");
    else if (way === "✕") await user.click(screen.getByRole("button", { name: "Close" }));
    else await user.click(screen.getByRole("dialog"));
  };
  await user.type(screen.getByLabelText("Amount"), "5");
  await leave();
  expect(closed).toEqual([]);
  expect(screen.getByRole("alert")).toHaveTextContent("Discard what you typed?");
  expect(screen.getByRole("button", { name: "Keep editing" })).toHaveFocus();
  await user.click(screen.getByRole("button", { name: "Keep editing" }));
  expect(screen.queryByRole("alert")).toBeNull();
  expect(screen.getByLabelText("Amount")).toHaveValue("5");
  expect(screen.getByLabelText("Amount")).toHaveFocus();
  await leave();
  await user.click(screen.getByRole("button", { name: "Discard" }));
  expect(closed).toEqual(["closed"]);
});

it("closes when it is removed, because the platform then gives the focus back", () => {
  const { unmount } = render(
    <Dialog open onClose={() => {}} title="Keyboard shortcuts">
      {null}
    </Dialog>,
  );
  const dialog = screen.getByRole<HTMLDialogElement>("dialog");
  expect(dialog.open).toBe(true);
  unmount();
  expect(dialog.open).toBe(false);
});

it("closes at once where nothing was typed", async () => {
  const { closed, user } = show(FORM);
  await user.keyboard("{Escape}");
  await user.click(screen.getByRole("dialog"));
  await user.click(screen.getByRole("button", { name: "Close" }));
  expect(closed).toEqual(["closed", "closed", "closed"]);
});
