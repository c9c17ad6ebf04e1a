// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import { renderToString } from "react-dom/server";
import { expect, it } from "vitest";
import { TextField } from "#components/ui/field.tsx";
import { FormAnswer } from "#components/ui/form-answer.ts";
import type { FormState } from "#lib/form-state.ts";

const form = (answer: FormState) => (
  <FormAnswer value={answer}>
    <TextField label="Name" name="name" autoFocus />
    <TextField label="Code" name="code" />
    <TextField label="Rate" name="rate" />
  </FormAnswer>
);

const attributes = (answer: FormState) => {
  document.body.innerHTML = renderToString(form(answer));
  return [...document.querySelectorAll<HTMLInputElement>("[autofocus]")].map(({ name }) => name);
};

it("a form on its own page puts the focus into its first field", () => {
  render(form({}));
  expect(screen.getByLabelText("Name")).toHaveFocus();
});

it("without JavaScript one attribute does it, after a refusal for the first field at fault", () => {
  expect(attributes({})).toEqual(["name"]);
  expect(attributes({ errors: { code: "Taken.", rate: "Too high." } })).toEqual(["code"]);
});
