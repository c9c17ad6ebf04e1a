import { expect, it } from "vitest";
import { organizationRows } from "#components/organizations/organization-rows.ts";
import { updateCreditType } from "#lib/credit-types/commands.ts";
import { moneyByType } from "#lib/credit-types/queries.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import {
  aCreditType,
  aMember,
  anOrganization,
  credits,
  everything,
  operator,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const CALENDAR = { timeZone: "UTC", dateFormat: "DD/MM/YYYY" } as const;

it("a row has what was spent in money, while one rate was in force", async () => {
  const creditType = await aCreditType({ name: "SGD Credits", currency: "SGD", available: credits(100) });
  const law = await anOrganization({ creditType, balance: credits(100) });
  await aMember(law);
  await spent({ credits: 12_500_000n });
  const row = ({ isTable, now = new Date() }: { isTable: boolean; now?: Date }) => {
    const organization = getOrganization(everything, "LAW");
    const options = { money: moneyByType(), isTable, now };
    return organization && organizationRows([organization], CALENDAR, options)[0];
  };
  const worth = { spent: "12.5", spentWorth: "S$12.50" };
  expect(row({ isTable: true })).toMatchObject({ ...worth, spent30Worth: "S$12.50" });
  expect(row({ isTable: false })).toMatchObject(worth);
  expect(row({ isTable: false })).not.toHaveProperty("spent30Worth");

  const change = { id: creditType, name: "SGD Credits", currency: "SGD", exchangeRate: 2_000_000n } as const;
  value(await updateCreditType(change, operator));
  expect(row({ isTable: true })).toMatchObject({ spent: "12.5", worth: "S$43.75" });
  expect(row({ isTable: true })).not.toHaveProperty("spentWorth");
  expect(row({ isTable: true })).toHaveProperty("spent30", "12.5");
  expect(row({ isTable: true })).not.toHaveProperty("spent30Worth");
  // Once the rate is older than the 30 days, it was in force for all of them.
  const later = new Date(Date.now() + 31 * 86_400_000);
  expect(row({ isTable: true, now: later })).toHaveProperty("spent30Worth", "S$6.25");
});
