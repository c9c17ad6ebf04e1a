// @vitest-environment jsdom
import { render } from "@testing-library/react";
import { expect, it } from "vitest";
import { Email } from "#components/ui/email.tsx";

it.each([
  ["ana@example.edu", "ana@<wbr>example.edu"],
  ['"a@b"@example.edu', '"a@b"@<wbr>example.edu'],
  ["no address", "<wbr>no address"],
])("breaks %s after the last @", (email, html) => {
  const { container } = render(<Email>{email}</Email>);
  expect(container.firstElementChild?.innerHTML).toBe(html);
  expect(container.textContent).toBe(email);
});
