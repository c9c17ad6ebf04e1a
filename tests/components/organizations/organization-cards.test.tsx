// @vitest-environment jsdom
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { OrganizationCards } from "#components/organizations/organization-cards.tsx";
import { organizationRows } from "#components/organizations/organization-rows.ts";
import { packRows } from "#components/organizations/packed-rows.ts";
import { moneyByType } from "#lib/credit-types/queries.ts";
import { updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { moveSpendingDaysToToday } from "#lib/runway/commands.ts";
import {
  aCreditType,
  anOrganization,
  credits,
  everything,
  operator,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

/** In New York it is still the second of March. */
const CREATED = new Date("2025-03-03T03:30:00Z");
const NOW = new Date("2025-03-20T12:00:00Z");
const CALENDAR = { timeZone: "America/New_York", dateFormat: "D MMM YYYY" } as const;

beforeEach(async () => {
  const largest = credits(1_000_000_000_000);
  const creditType = await aCreditType({ available: largest });
  await anOrganization({
    code: "A/B",
    name: "Ministry",
    creditType,
    balance: largest - 1n,
    monthlyAllowance: credits(1),
    members: ["ana@example.edu", "bo@example.edu"],
    at: CREATED,
  });
  const closed = await anOrganization({ code: "LAW", name: "Faculty of Law", creditType, at: CREATED });
  value(await changeOrganizationsActive([closed], false, operator));
});

function cardOf(code: string, mayChange = false): HTMLElement {
  const organization = getOrganization(everything, code);
  if (!organization) throw new Error(`no organization ${code}`);
  render(
    <OrganizationCards
      rows={packRows(
        organizationRows([organization], CALENDAR, { money: moneyByType(), isTable: false, now: NOW }),
      )}
      back="/organizations?q=law"
      mayChange={mayChange}
    />,
  );
  return screen.getByRole("article");
}

const figuresOf = (card: HTMLElement) =>
  Object.fromEntries(
    within(card)
      .getAllByRole("term")
      .map((term) => [term.textContent, term.nextElementSibling?.textContent]),
  );

describe("an organization's card", () => {
  it("has every figure to the digit, at 10^12 too", () => {
    expect(figuresOf(cardOf("A/B"))).toMatchObject({
      Members: "2",
      "Credit Balance": "999,999,999,999.999999",
      "Total Spent Credits": "0",
      "Monthly Allowance per Member": "1 credit",
    });
  });

  it("shows “No limit” without an allowance", () => {
    expect(figuresOf(cardOf("LAW"))).toMatchObject({
      Members: "0",
      "Credit Balance": "0",
      "Monthly Allowance per Member": "No limit",
    });
  });

  it("writes the day of its creation in the enterprise's calendar, and the instant in the markup", () => {
    const time = cardOf("LAW").querySelector("time");
    expect(time).toHaveTextContent("2 Mar 2025");
    expect(time).toHaveAttribute("datetime", "2025-03-03T03:30:00.000Z");
  });

  it("names its status in a word, green for active and gray for inactive", () => {
    expect(within(cardOf("A/B")).getByText("Active")).toHaveClass("badge-green");
    document.body.replaceChildren();
    expect(within(cardOf("LAW")).getByText("Inactive")).toHaveClass("badge-gray");
  });

  it("links to its page, whatever its code", () => {
    const link = within(cardOf("A/B")).getByRole("link", { name: "Ministry" });
    expect(link).toHaveAttribute("href", "/organizations/A%2FB");
  });

  it.each([
    [credits(999_999_999_990), "Less than a day", "20 Mar 2025", "text-danger"],
    [credits(900_000_000_000), "3 days", "23 Mar 2025", "text-danger"],
    [credits(500_000_000_000), "29 days", "18 Apr 2025", "text-warning"],
    [credits(400_000_000_000), "44 days", "3 May 2025", null],
    [credits(1_000_000), "Over 10 years", "2 Jan 2299", null],
  ])(
    "tells when the credits run out after %i were spent, with the day as its tooltip",
    async (amount, text, day, tone) => {
      await moveSpendingDaysToToday(NOW);
      value(
        await updateOrganization(
          { id: 1, name: "Ministry", code: "A/B", creditType: undefined, monthlyAllowance: null },
          operator,
        ),
      );
      await spent({ organization: "A/B", credits: amount, occurredAt: NOW });
      const shown = within(cardOf("A/B")).getByText(text);
      expect(shown).toHaveAttribute("title", day);
      expect(shown.className.includes("text-")).toBe(tone !== null);
      if (tone !== null) expect(shown).toHaveClass(tone);
    },
  );

  it("tells what the balance is worth", () => {
    expect(figuresOf(cardOf("A/B"))).toMatchObject({ Worth: "¥1,000,000,000,000" });
  });

  it("has its actions in one menu, whose forms lead back to the list", async () => {
    // jsdom knows neither the method nor the state.
    HTMLElement.prototype.showPopover ??= () => {};
    const button = within(cardOf("LAW", true)).getByRole("button", { name: "Actions for Faculty of Law" });
    // Where no script runs.
    expect(button).toHaveAttribute("formaction", "/organizations/LAW");
    await userEvent.setup().click(button);
    const menu = document.querySelector("[popover]");
    expect([...(menu?.children ?? [])].map((item) => item.textContent)).toEqual([
      "Add credits",
      "Return credits",
      "Settings",
      "Activate Faculty of Law",
    ]);
    expect(menu?.firstElementChild).toHaveAttribute(
      "href",
      "/organizations/LAW/credits/add?back=%2Forganizations%3Fq%3Dlaw",
    );
  });

  it("has no controls for a viewer", () => {
    const card = cardOf("A/B");
    expect(within(card).queryAllByRole("button")).toEqual([]);
    expect(within(card).queryAllByRole("checkbox")).toEqual([]);
  });
});
