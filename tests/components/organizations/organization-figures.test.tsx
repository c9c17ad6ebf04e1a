// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { OrganizationFigures } from "#components/organizations/organization-figures.tsx";
import { moneyByType } from "#lib/credit-types/queries.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { organizationFigures } from "#lib/transactions/figures.ts";
import { anOrganization, credits, everything, spent } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

it.each([
  [20_260_328, "+100% vs 10 1–28 Feb."],
  // February has no such day, so that the change is of fewer days than the figure.
  [20_260_331, "+100% 1–28 Mar vs 10 1–28 Feb."],
])("names the days of this month's change on %i", async (today, text) => {
  await anOrganization({ balance: credits(100), members: ["ana@example.edu"] });
  for (const [day, whole] of [
    ["2026-02-01", 10],
    ["2026-03-01", 20],
    ["2026-03-30", 30],
  ] as const) {
    await spent({ credits: credits(whole), occurredAt: new Date(`${day}T12:00:00Z`) });
  }
  const organization = getOrganization(everything, "LAW");
  if (!organization) throw new Error("there is no organization");
  render(
    <OrganizationFigures
      organization={organization}
      figures={organizationFigures(everything, organization, today)}
      money={moneyByType()}
      href="/organizations/LAW"
      calendar={{ timeZone: "UTC", dateFormat: "YYYY-MM-DD" }}
      today={today}
    />,
  );
  expect(screen.getByText("+100%").closest("p")?.textContent).toBe(`${text} Last month: 10`);
});
