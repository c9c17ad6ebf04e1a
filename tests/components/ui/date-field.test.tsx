// @vitest-environment jsdom
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { DateField } from "#components/ui/date-field.tsx";

it("repeats the day in the enterprise's format, because the browser writes it in its own", () => {
  render(
    <DateField
      label="Expires"
      name="expires"
      initial="2026-11-26"
      hint="Last valid day."
      dateFormat="DD/MM/YYYY"
    />,
  );
  const field = screen.getByLabelText("Expires");
  expect(field).toHaveAccessibleDescription("26/11/2026. Last valid day.");
  fireEvent.change(field, { target: { value: "2027-01-02" } });
  expect(field).toHaveAccessibleDescription("02/01/2027. Last valid day.");
  fireEvent.change(field, { target: { value: "" } });
  expect(field).toHaveAccessibleDescription("Last valid day.");
});
