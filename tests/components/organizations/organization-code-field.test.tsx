// @vitest-environment jsdom
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { OrganizationCodeField } from "#components/organizations/organization-code-field.tsx";

const ORGANIZATIONS = [
  { value: "CHEM", label: "Department of Chemistry" },
  { value: "LAW", label: "School of Law" },
  { value: "LAWLIB", label: "Law Library" },
];

/** The portal's answer to the browser: the organizations with the words in name or code. */
beforeEach(() => {
  // jsdom has no layout to scroll.
  Element.prototype.scrollIntoView = () => {};
  vi.stubGlobal("fetch", async (address: string) => {
    const text = new URL(address, "http://localhost").searchParams.get("organization")?.toLowerCase() ?? "";
    return Response.json(
      ORGANIZATIONS.filter(({ value, label }) => `${label} ${value}`.toLowerCase().includes(text)),
    );
  });
});
afterEach(() => vi.unstubAllGlobals());

async function type(text: string) {
  const sent: string[] = [];
  render(
    <form
      onSubmit={(event) => {
        event.preventDefault();
        sent.push(String(new FormData(event.currentTarget).get("organization")));
      }}
    >
      <OrganizationCodeField />
      <button type="submit">Send</button>
    </form>,
  );
  const user = userEvent.setup();
  const field = screen.getByLabelText<HTMLInputElement>("Organization");
  await user.type(field, text);
  return { user, field, sent };
}

it("takes the only match when the field is left, and names it", async () => {
  const { user, field } = await type("chemi");
  await screen.findByRole("option");
  await user.tab();
  expect(field).toHaveValue("CHEM");
  expect(field).toHaveAccessibleDescription("Department of Chemistry");
});

it("takes the only match with Enter, which sends the form only then", async () => {
  const { user, field, sent } = await type("chemi");
  await screen.findByRole("option");
  await user.keyboard("{Enter}");
  expect(field).toHaveValue("CHEM");
  expect(sent).toEqual([]);
  await user.keyboard("{Enter}");
  expect(sent).toEqual(["CHEM"]);
});

it("leaves a text with several matches as it is, and names the one whose code it is", async () => {
  const { user, field, sent } = await type("law");
  await waitFor(() => expect(field).toHaveAccessibleDescription("School of Law"));
  // What was typed is a code as a whole, so that nothing needs to be chosen and no list covers the form.
  expect(screen.queryByRole("listbox")).toBeNull();
  await user.keyboard("{Enter}");
  expect(field).toHaveValue("law");
  expect(sent).toEqual(["law"]);
});

it("suggests by name and code what the portal finds, and takes a suggestion by the arrow keys or a press", async () => {
  const { user, field, sent } = await type("school");
  expect(await screen.findByRole("option")).toHaveTextContent("School of Law LAW");
  await user.clear(field);
  await user.type(field, "e");
  await waitFor(() =>
    expect(screen.getAllByRole("option").map(({ textContent }) => textContent)).toEqual([
      "Department of Chemistry CHEM",
    ]),
  );
  await user.clear(field);
  await user.type(field, "la");
  await waitFor(() => expect(screen.getAllByRole("option")).toHaveLength(2));
  expect(field).toHaveAttribute("aria-expanded", "true");
  await user.keyboard("{ArrowUp}");
  const [, last] = screen.getAllByRole("option");
  expect(field).toHaveAttribute("aria-activedescendant", last?.id);
  expect(last).toHaveAttribute("aria-selected", "true");
  await user.keyboard("{Enter}");
  expect(field).toHaveValue("LAWLIB");
  expect(field).toHaveAccessibleDescription("Law Library");
  expect(screen.queryByRole("listbox")).toBeNull();
  expect(sent).toEqual([]);
  await user.clear(field);
  await user.type(field, "la");
  await user.click(await screen.findByRole("option", { name: "School of Law LAW" }));
  expect(field).toHaveValue("LAW");
  expect(field).toHaveFocus();
});

it("closes the list by Escape, and opens it again by an arrow key", async () => {
  const { user, field } = await type("la");
  await waitFor(() => expect(screen.getAllByRole("option")).toHaveLength(2));
  await user.keyboard("{Escape}");
  expect(screen.queryByRole("listbox")).toBeNull();
  expect(field).toHaveValue("la");
  await user.keyboard("{ArrowDown}");
  expect(screen.getAllByRole("option")[0]).toHaveAttribute("aria-selected", "true");
});
