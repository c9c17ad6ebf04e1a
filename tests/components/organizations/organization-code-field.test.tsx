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
  await waitFor(() => expect(field.list?.options.length).toBeGreaterThan(0));
  return { user, field, sent };
}

it("takes the only match when the field is left, and names it", async () => {
  const { user, field } = await type("chemi");
  await user.tab();
  expect(field).toHaveValue("CHEM");
  expect(field).toHaveAccessibleDescription("Department of Chemistry");
});

it("takes the only match with Enter, which sends the form only then", async () => {
  const { user, field, sent } = await type("chemi");
  await user.keyboard("{Enter}");
  expect(field).toHaveValue("CHEM");
  expect(sent).toEqual([]);
  await user.keyboard("{Enter}");
  expect(sent).toEqual(["CHEM"]);
});

it("leaves a text with several matches as it is, and names the one whose code it is", async () => {
  const { user, field, sent } = await type("law");
  expect(field).toHaveAccessibleDescription("School of Law");
  await user.keyboard("{Enter}");
  expect(field).toHaveValue("law");
  expect(sent).toEqual(["law"]);
});
