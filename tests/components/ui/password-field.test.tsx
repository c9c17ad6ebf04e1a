// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { renderToString } from "react-dom/server";
import { expect, it } from "vitest";
import { PasswordField } from "#components/ui/field.tsx";

const field = <PasswordField label="Password" name="password" autoComplete="current-password" />;

it("shows what was typed, hides it again, and hides it when the form is sent", async () => {
  render(
    <form onSubmit={(event) => event.preventDefault()}>
      {field}
      <button type="submit">Sign in</button>
    </form>,
  );
  const user = userEvent.setup();
  const password = screen.getByLabelText("Password");
  await user.type(password, "correct horse");
  expect(password).toHaveAttribute("type", "password");
  await user.click(screen.getByRole("button", { name: "Show what you typed" }));
  expect(password).toHaveAttribute("type", "text");
  expect(password).toHaveValue("correct horse");
  await user.click(screen.getByRole("button", { name: "Hide what you typed" }));
  expect(password).toHaveAttribute("type", "password");
  await user.click(screen.getByRole("button", { name: "Show what you typed" }));
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  expect(password).toHaveAttribute("type", "password");
  expect(password).toHaveValue("correct horse");
});

it("has no button where the page's script does not run", () => {
  document.body.innerHTML = renderToString(field);
  expect(screen.getByLabelText("Password")).toHaveAttribute("type", "password");
  expect(screen.getByText("Show")).toHaveClass("invisible", "noscript:hidden");
});
