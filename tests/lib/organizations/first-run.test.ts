import { expect, it } from "vitest";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { firstRun } from "#lib/organizations/first-run.ts";
import {
  aCreditType,
  aMember,
  anOrganization,
  credits,
  operator,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const NOTHING = { creditType: false, purchase: false, organization: false, member: false, apiKey: false };

it("ticks each step from what is there, and ends with the first event, be it of 0 credits", async () => {
  expect(firstRun()).toEqual(NOTHING);
  await aCreditType({ name: "Empty Credits" });
  expect(firstRun()).toEqual({ ...NOTHING, creditType: true });
  const law = await anOrganization({ code: "LAW", balance: credits(1) });
  expect(firstRun()).toEqual({ ...NOTHING, creditType: true, purchase: true, organization: true });
  await aMember(law);
  value(await createApiKey({ organization: law, name: "Essay coach", expires: null }, operator));
  expect(firstRun()).toEqual({
    creditType: true,
    purchase: true,
    organization: true,
    member: true,
    apiKey: true,
  });
  await spent({ credits: 0n });
  expect(firstRun()).toBeNull();
});
