// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { CreateKeyForm } from "#components/api-keys/create-key-form.tsx";
import { apiKeysHref, apiKeysSearchParams } from "#lib/api-keys/search-params.ts";
import type { FormState } from "#lib/form-state.ts";

const KEY = `bur_${"x".repeat(43)}`;

function show(answers: FormState[], organization: { code: string } | null = null) {
  const sent: Record<string, string>[] = [];
  const { container } = render(
    <CreateKeyForm
      organization={organization}
      mayChooseEnterprise
      today="2026-11-24"
      dateFormat="DD/MM/YYYY"
      requestId="id-of-this-form"
      again="/api-keys/new?organization=MKT"
      origin="https://bursar.example.edu"
      back="/api-keys"
      action={async (_state, data) => {
        sent.push(Object.fromEntries([...data].map(([name, text]) => [name, String(text)])));
        return answers.shift() ?? {};
      }}
    />,
  );
  return { sent, container, user: userEvent.setup() };
}

it("keeps what was typed with the fault at its field, then shows the key in the form's place", async () => {
  const typed = {
    requestId: "id-of-this-form",
    name: "Coach",
    scope: "enterprise",
    organization: "",
    expires: "2027-01-31",
  };
  const { sent, container, user } = show([
    { values: typed, errors: { expires: "Enter today or a later date." } },
    { finished: true, values: { id: "7", name: "Coach", key: KEY, organization: "", member: "" } },
  ]);
  await user.type(screen.getByLabelText("Name"), "Coach");
  await user.click(screen.getByRole("radio", { name: /^The whole enterprise/ }));
  await user.type(screen.getByLabelText("Expires"), "2027-01-31");
  await user.click(screen.getByRole("button", { name: "Create API key" }));
  expect(sent).toEqual([typed]);
  expect(await screen.findByText("Enter today or a later date.")).toBeVisible();
  expect(screen.getByLabelText("Name")).toHaveValue("Coach");
  expect(screen.getByLabelText("Expires")).toHaveValue("2027-01-31");
  expect(screen.getByRole("radio", { name: /^The whole enterprise/ })).toBeChecked();

  await user.click(screen.getByRole("button", { name: "Create API key" }));
  expect(await screen.findByTestId("api-key")).toHaveTextContent(KEY);
  expect(screen.getByText(/You won’t see it again/)).toBeVisible();
  // No form is left that could send the key back.
  expect(container.querySelector("form")).toBeNull();
  expect(screen.getByRole("region", { name: "Program in curl" })).toHaveTextContent(
    `curl -sS 'https://bursar.example.edu/api/v1/usage' \\ -H 'Authorization: Bearer ${KEY}'`,
  );
  expect(screen.getByText(/^Waiting for the first event…/)).toBeVisible();
  expect(screen.getByRole("link", { name: "Open the key’s page" })).toHaveAttribute("href", "/api-keys/7");
  await user.click(screen.getByRole("button", { name: "Copy key" }));
  expect(screen.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await navigator.clipboard.readText()).toBe(KEY);
});

it("makes one of the organization on whose page it was opened", async () => {
  const { sent, user } = show([{}], { code: "MKT" });
  expect(screen.queryByRole("radio")).toBeNull();
  await user.type(screen.getByLabelText("Name"), "Coach");
  await user.click(screen.getByRole("button", { name: "Create API key" }));
  expect(sent).toMatchObject([{ name: "Coach", scope: "organization", organization: "MKT", expires: "" }]);
});

it("reports in the form's place that it already created a key, and links to a new form", async () => {
  const requestId = "This form made the key Coach (bur_12345678…) before, and no second one now.";
  const { container, user } = show([{ values: { name: "Coach" }, errors: { requestId } }]);
  await user.type(screen.getByLabelText("Name"), "Coach");
  await user.click(screen.getByRole("button", { name: "Create API key" }));
  expect(await screen.findByText(requestId)).toBeVisible();
  expect(container.querySelector("form")).toBeNull();
  const again = screen.getByRole("link", { name: "Create another key" });
  expect(again).toHaveAttribute("href", "/api-keys/new?organization=MKT");
});

it("has its list's view in the address, bad values as the default", () => {
  expect(apiKeysSearchParams.decode({ scope: "x", before: "-1" })).toEqual(apiKeysSearchParams.defaults);
  const view = apiKeysSearchParams.decode({ scope: "enterprise", before: "1795687200000.12" });
  expect(apiKeysHref(view)).toBe("/api-keys?scope=enterprise");
  expect(apiKeysHref(view, { before: view.before })).toBe(
    "/api-keys?scope=enterprise&before=1795687200000.12",
  );
});
