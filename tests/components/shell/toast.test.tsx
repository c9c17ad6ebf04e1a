// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { Toast, type ToastMessage } from "#components/shell/toast.tsx";

/** A page with the buttons, which a change removes, and the message of the last change. */
function Page({ buttons, message }: { buttons: string[]; message: ToastMessage | null }) {
  return (
    <>
      <main id="content" tabIndex={-1}>
        {buttons.map((name) => (
          <button key={name} type="button">
            {name}
          </button>
        ))}
      </main>
      <Toast message={message} cookie="flash" undo={async () => ({})} />
    </>
  );
}

const message = (id: string) => ({ id, text: "1 alert was acknowledged." });

it("puts the focus on the content where a change removed the button that had it", () => {
  const { rerender } = render(<Page buttons={["Acknowledge", "Mute"]} message={message("earlier")} />);
  expect(document.body).toHaveFocus();
  screen.getByRole("button", { name: "Acknowledge" }).focus();
  rerender(<Page buttons={["Mute"]} message={message("now")} />);
  expect(screen.getByRole("main")).toHaveFocus();
});

it("leaves the focus where it is otherwise", () => {
  const { rerender } = render(<Page buttons={["Acknowledge", "Mute"]} message={null} />);
  const mute = screen.getByRole("button", { name: "Mute" });
  mute.focus();
  rerender(<Page buttons={["Mute"]} message={message("now")} />);
  expect(mute).toHaveFocus();
  mute.blur();
  rerender(<Page buttons={["Mute"]} message={message("now")} />);
  expect(document.body).toHaveFocus();
});
