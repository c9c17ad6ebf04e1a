// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import { renderToString } from "react-dom/server";
import { afterEach, expect, it, vi } from "vitest";
import { SetupForm } from "#components/portal-users/credentials-forms.tsx";
import { SettingsForm } from "#components/settings/settings-form.tsx";
import { timeZones } from "#lib/time.ts";

const form = <SetupForm timeZones={timeZones()} action={async () => ({})} />;

/** The browser tells this time zone. */
function inTimeZone(timeZone: string): void {
  const options = Intl.DateTimeFormat().resolvedOptions();
  vi.spyOn(Intl.DateTimeFormat.prototype, "resolvedOptions").mockReturnValue({ ...options, timeZone });
}
afterEach(() => {
  vi.restoreAllMocks();
  document.body.innerHTML = "";
});

it.each([
  ["Asia/Singapore", "Asia/Singapore"],
  ["Asia/Calcutta", "Asia/Calcutta"],
  ["Asia/Kolkata", "Asia/Kolkata"],
  ["Mars/Olympus_Mons", "UTC"],
])("in a browser in %s chooses %s first", (zone, chosen) => {
  inTimeZone(zone);
  render(form);
  expect(screen.getByLabelText<HTMLSelectElement>("Time zone").value).toBe(chosen);
});

it("chooses UTC where the page's script does not run", () => {
  inTimeZone("Asia/Singapore");
  document.body.innerHTML = renderToString(form);
  expect(screen.getByLabelText<HTMLSelectElement>("Time zone").value).toBe("UTC");
});

it("the settings explain how a new time zone affects this month", () => {
  const settings = { enterpriseName: "Campus", timeZone: "UTC", dateFormat: "YYYY-MM-DD" };
  const fields = { timeZones: timeZones(), dateFormats: [], action: async () => ({}) };
  render(<SettingsForm settings={settings} {...fields} />);
  expect(screen.getByLabelText("Time zone").getAttribute("aria-describedby")).not.toBeNull();
  expect(
    screen.getByText(
      "Decides when days and months start. If you change it, everything recorded keeps its day and month. This month then ends at midnight in the new time zone.",
    ),
  ).toBeDefined();
});
