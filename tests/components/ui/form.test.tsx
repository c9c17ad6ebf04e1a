// @vitest-environment jsdom
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { renderToString } from "react-dom/server";
import { expect, it, vi } from "vitest";
import { ConfirmationFields } from "#components/ui/confirmation-fields.tsx";
import { SelectField, TextField } from "#components/ui/field.tsx";
import { Form, FormButtons } from "#components/ui/form.tsx";
import { FormAnswer } from "#components/ui/form-answer.ts";
import type { Confirmation, FormState } from "#lib/form-state.ts";

const ROLES = [
  ["viewer", "Viewer"],
  ["admin", "Admin"],
] as const;

function Edit({
  answers,
  sent = [],
  original = { name: "Al", role: "viewer" },
}: {
  answers: FormState[];
  sent?: Record<string, string>[];
  original?: { name: string; role: string };
}) {
  return (
    <Form
      action={async (_state, data) => {
        sent.push(Object.fromEntries([...data].map(([name, text]) => [name, String(text)])));
        return answers.shift() ?? {};
      }}
      fields={{ id: "7" }}
      original={original}
      stays
    >
      <TextField label="Name" name="name" initial={original.name} />
      <SelectField label="Role" name="role" initial={original.role} options={ROLES} />
      <FormButtons button="Save" back="/people" />
    </Form>
  );
}

const user = () => userEvent.setup();

it("shows both values after a stale save, keeps what was typed, and saves from there", async () => {
  const sent: Record<string, string>[] = [];
  const current = { name: "Alf", role: "admin" };
  const answers: FormState[] = [
    {
      message: "Somebody else changed this.",
      values: { id: "7", name: "Ana", role: "admin", original: JSON.stringify(current) },
      conflicts: {
        name: { typed: "Ana", was: "Al", now: "Alf" },
        role: { typed: null, was: "viewer", now: "admin" },
      },
    },
    { finished: true },
  ];
  render(<Edit answers={answers} sent={sent} />);
  const { clear, type, click } = user();
  await clear(screen.getByLabelText("Name"));
  await type(screen.getByLabelText("Name"), "Ana");
  await click(screen.getByRole("button", { name: "Save" }));
  expect(sent[0]).toEqual({
    id: "7",
    stay: "1",
    original: '{"name":"Al","role":"viewer"}',
    name: "Ana",
    role: "viewer",
  });
  expect(await screen.findByRole("alert")).toHaveTextContent("Somebody else changed this.");
  const name = screen.getByLabelText("Name");
  await waitFor(() => expect(name).toHaveFocus());
  expect(name).toHaveValue("Ana");
  expect(name).toHaveAccessibleDescription("You typed Ana · Now Alf");
  expect(screen.getByLabelText("Role")).toHaveValue("admin");
  expect(screen.getByLabelText("Role")).toHaveAccessibleDescription("Was Viewer · Now Admin");

  await click(screen.getByRole("button", { name: "Save" }));
  expect(sent[1]).toMatchObject({ original: '{"name":"Alf","role":"admin"}', name: "Ana", role: "admin" });
});

it("keeps the values that it was opened with once somebody types, and takes new ones after its own save", async () => {
  const sent: Record<string, string>[] = [];
  const answers: FormState[] = [{ message: "Try again." }, { finished: true }];
  const { rerender } = render(<Edit answers={answers} sent={sent} />);
  const { type, click } = user();
  await type(screen.getByLabelText("Name"), "f");
  rerender(<Edit answers={answers} sent={sent} original={{ name: "Other", role: "viewer" }} />);
  await click(screen.getByRole("button", { name: "Save" }));
  expect(sent[0]?.original).toBe('{"name":"Al","role":"viewer"}');
  await click(screen.getByRole("button", { name: "Save" }));
  rerender(<Edit answers={answers} sent={sent} original={{ name: "Alf", role: "viewer" }} />);
  await click(screen.getByRole("button", { name: "Save" }));
  expect(sent[2]?.original).toBe('{"name":"Alf","role":"viewer"}');
});

it("moves the focus to the first field at fault, and shows an error of a hidden field over the form", async () => {
  render(<Edit answers={[{ errors: { role: "Choose a role." } }, { errors: { id: "Unknown person." } }]} />);
  const { click } = user();
  await click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("Choose a role.")).toBeVisible();
  await waitFor(() => expect(screen.getByLabelText("Role")).toHaveFocus());
  expect(screen.getByLabelText("Role")).toBeInvalid();
  await click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Unknown person.");
});

const CONFIRMATIONS: [string, Confirmation][] = [
  ["Your password", { by: "password" }],
  ["Code", { by: "second_factor", passkeyOptions: null, hasApp: true }],
  ["Sign in again in a new tab", { by: "single_sign_on", href: "/sign-in/single-sign-on" }],
];

it.each(CONFIRMATIONS)("moves the focus to the question who it is: %s", async (name, confirmation) => {
  const answers: FormState[] = [
    { confirmation },
    { confirmation, errors: { name: "Too short." } },
    { confirmation },
  ];
  render(<Edit answers={answers} />);
  const { click } = user();
  const save = screen.getByRole("button", { name: "Save" });
  await click(save);
  const question = await screen.findByRole("group", { name: "Confirm that it’s you" });
  expect(question).toHaveAccessibleDescription(/more than five minutes ago/);
  const asked = () => within(question).queryByLabelText(name) ?? within(question).getByRole("link", { name });
  await waitFor(() => expect(asked()).toHaveFocus());
  await click(save);
  await screen.findByText("Too short.");
  await waitFor(() => expect(screen.getByLabelText("Name")).toHaveFocus());
  await click(save);
  await waitFor(() => expect(asked()).toHaveFocus());
});

it.each(CONFIRMATIONS)("has the focus without JavaScript: %s", (_name, confirmation) => {
  const html = renderToString(
    <FormAnswer value={{ confirmation }}>
      <ConfirmationFields />
    </FormAnswer>,
  );
  expect(html.match(/ autofocus=""/g)).toHaveLength(1);
});

it("moves the focus to the passkey, where the browser can use it", async () => {
  vi.stubGlobal("PublicKeyCredential", class {});
  const confirmation: Confirmation = { by: "second_factor", passkeyOptions: "{}", hasApp: true };
  render(<Edit answers={[{ confirmation }]} />);
  await user().click(screen.getByRole("button", { name: "Save" }));
  const passkey = await screen.findByRole("button", { name: "Use a passkey" });
  await waitFor(() => expect(passkey).toHaveFocus());
  vi.unstubAllGlobals();
});

it("leaves its page without JavaScript, where only the server renders it", () => {
  const html = renderToString(<Edit answers={[]} />);
  expect(html).not.toContain('name="stay"');
  expect(html).toContain('name="original"');
});
