import { beforeEach, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { auditEntries } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import {
  archiveCreditType,
  createCreditType,
  restoreCreditType,
  updateCreditType,
} from "#lib/credit-types/commands.ts";
import { creditTypeOptions, getCreditType } from "#lib/credit-types/queries.ts";
import { createCreditTypeInput, creditTypeFormValues, exchangeRateText } from "#lib/credit-types/rules.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { createOrganization, updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { aPortalUser, credits, everything, operator, requestId, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const SGD = { name: "SGD Credits", currency: "SGD", exchangeRate: 100_000_000n };

let sgd: number;
beforeEach(async () => {
  sgd = value(await createCreditType(SGD, operator)).id;
});

const actions = () =>
  database()
    .select()
    .from(auditEntries)
    .all()
    .map(({ action, subjectLabel, before, after }) => [
      action,
      subjectLabel,
      before && JSON.parse(before),
      after && JSON.parse(after),
    ]);
const lastAction = () => actions().at(-1);
const organizationOf = async (creditType: number, code = "MKT") =>
  value(await createOrganization({ name: code, code, creditType, monthlyAllowance: null }, operator)).id;
const purchase = async (amount: bigint) =>
  value(await purchaseCredits({ creditType: sgd, amount, note: null, requestId: requestId() }, operator));

describe("creating", () => {
  it("begins with an empty pool, and is audited", () => {
    expect(getCreditType(everything, sgd)).toMatchObject({
      name: "SGD Credits",
      currency: "SGD",
      exchangeRate: 100_000_000n,
      available: 0n,
      totalPurchased: 0n,
      totalSpent: 0n,
      organizations: 0,
      archivedAt: null,
    });
    expect(actions()).toEqual([
      [
        "credit_type.created",
        "SGD Credits",
        null,
        { name: "SGD Credits", currency: "SGD", exchangeRate: "100" },
      ],
    ]);
  });

  it("refuses a name that is taken, whatever its case and outer spaces", async () => {
    const input = createCreditTypeInput.parse({
      name: "  sgd CREDITS ",
      currency: "myr",
      exchangeRate: "1,000.5",
    });
    expect(input).toEqual({ name: "sgd CREDITS", currency: "MYR", exchangeRate: 1_000_500_000n });
    expect(await createCreditType(input, operator)).toEqual({
      ok: false,
      code: "name_taken",
      field: "name",
      message: "There is a credit type named SGD Credits already.",
    });
    expect(actions()).toHaveLength(1);
  });

  it.each([
    ["currency", { currency: "XXX" }, "Choose a currency code."],
    ["currency", { currency: "" }, "Choose a currency code."],
    ["exchangeRate", { exchangeRate: "0" }, "Must be more than 0."],
    ["exchangeRate", { exchangeRate: "-1" }, "Must not be negative."],
    ["name", { name: " " }, "Enter a name."],
    ["name", { name: "x".repeat(101) }, "At most 100 characters; this has 101."],
  ])("refuses a %s such as %j", (field, change, message) => {
    const parsed = createCreditTypeInput.safeParse({
      name: "A",
      currency: "SGD",
      exchangeRate: "1",
      ...change,
    });
    expect(parsed.error?.issues.map((issue) => [issue.path[0], issue.message])).toEqual([[field, message]]);
  });
});

describe("changing", () => {
  it("writes what changed, with what was before", async () => {
    const input = { id: sgd, name: "Singapore", currency: "MYR", exchangeRate: 50_000_000n };
    expect(await updateCreditType(input, operator)).toEqual({
      ok: true,
      value: { name: "Singapore", changed: true },
    });
    expect(getCreditType(everything, sgd)).toMatchObject({
      name: "Singapore",
      currency: "MYR",
      exchangeRate: 50_000_000n,
    });
    expect(lastAction()).toEqual([
      "credit_type.updated",
      "Singapore",
      { name: "SGD Credits", currency: "SGD", exchangeRate: "100" },
      { name: "Singapore", currency: "MYR", exchangeRate: "50" },
    ]);
  });

  it("refuses the name of another, and not its own in other letters", async () => {
    const jpy = value(await createCreditType({ ...SGD, name: "JPY" }, operator)).id;
    expect(await updateCreditType({ ...SGD, id: jpy, name: "sgd credits" }, operator)).toMatchObject({
      ok: false,
      code: "name_taken",
      field: "name",
    });
    expect(await updateCreditType({ ...SGD, id: sgd, name: "SGD credits" }, operator)).toMatchObject({
      ok: true,
      value: { name: "SGD credits" },
    });
  });

  it("keeps the currency once an organization draws from it, or credits were bought", async () => {
    const fixed = {
      ok: false,
      code: "currency_fixed",
      field: "currency",
      message: "The currency cannot change once the credit type is used.",
    };
    const jpy = value(await createCreditType({ ...SGD, name: "JPY" }, operator)).id;
    await organizationOf(jpy);
    expect(await updateCreditType({ ...SGD, id: jpy, name: "JPY", currency: "JPY" }, operator)).toMatchObject(
      fixed,
    );
    await purchase(credits(5));
    expect(await updateCreditType({ ...SGD, id: sgd, currency: "EUR" }, operator)).toMatchObject(fixed);
    expect(getCreditType(everything, sgd)?.currency).toBe("SGD");
    expect(await updateCreditType({ ...SGD, id: sgd, exchangeRate: 1_000_000n }, operator)).toMatchObject({
      ok: true,
    });
  });

  it("writes nothing where everything is so already, and refuses to overwrite a change made since", async () => {
    const before = actions();
    expect(await updateCreditType({ ...SGD, id: sgd }, operator)).toEqual({
      ok: true,
      value: { name: "SGD Credits", changed: false },
    });
    expect(actions()).toEqual(before);
    const original = creditTypeFormValues({ ...SGD, name: "Earlier" });
    expect(await updateCreditType({ ...SGD, id: sgd, name: "Mine" }, operator, original)).toMatchObject({
      ok: false,
      code: "stale_edit",
    });
    expect(getCreditType(everything, sgd)?.name).toBe("SGD Credits");
  });

  it("refuses an unknown id", async () => {
    for (const attempt of [
      updateCreditType({ ...SGD, id: 99 }, operator),
      archiveCreditType({ id: 99 }, operator),
      restoreCreditType({ id: 99 }, operator),
    ]) {
      expect(await attempt).toEqual({
        ok: false,
        code: "credit_type_not_found",
        message: "This credit type does not exist.",
      });
    }
  });
});

describe("archiving", () => {
  it("takes a type out of every choice, refuses it to organizations, and restores it", async () => {
    const jpy = value(await createCreditType({ ...SGD, name: "JPY" }, operator)).id;
    const organization = await organizationOf(jpy);
    expect(await archiveCreditType({ id: sgd }, operator)).toEqual({
      ok: true,
      value: { name: "SGD Credits", changed: true },
    });
    expect(lastAction()?.slice(0, 2)).toEqual(["credit_type.archived", "SGD Credits"]);
    expect(creditTypeOptions(everything)).toEqual([{ id: jpy, name: "JPY", currency: "SGD" }]);
    const refusal = { ok: false, code: "credit_type_archived", field: "creditType" };
    const input = { name: "Law", code: "LAW", creditType: sgd, monthlyAllowance: null };
    expect(await createOrganization(input, operator)).toMatchObject(refusal);
    const moved = { id: organization, name: "MKT", monthlyAllowance: null };
    expect(await updateOrganization({ ...moved, creditType: sgd }, operator)).toMatchObject(refusal);
    expect(await updateOrganization({ ...moved, creditType: 99 }, operator)).toMatchObject({
      ok: false,
      code: "credit_type_not_found",
      field: "creditType",
    });
    expect(
      await purchaseCredits(
        { creditType: sgd, amount: credits(1), note: null, requestId: requestId() },
        operator,
      ),
    ).toMatchObject({ ok: false });

    expect(await restoreCreditType({ id: sgd }, operator)).toMatchObject({
      ok: true,
      value: { changed: true },
    });
    expect(lastAction()?.slice(0, 2)).toEqual(["credit_type.restored", "SGD Credits"]);
    expect(getCreditType(everything, sgd)?.archivedAt).toBeNull();
    expect(creditTypeOptions(everything).map(({ name }) => name)).toEqual(["JPY", "SGD Credits"]);
    expect(await updateOrganization({ ...moved, creditType: sgd }, operator)).toMatchObject({ ok: true });
  });

  it("is refused while an organization draws from it", async () => {
    await organizationOf(sgd);
    expect(await archiveCreditType({ id: sgd }, operator)).toEqual({
      ok: false,
      code: "credit_type_used",
      message: "SGD Credits cannot be archived: 1 organization draws from it.",
    });
    await organizationOf(sgd, "LAW");
    expect(await archiveCreditType({ id: sgd }, operator)).toMatchObject({
      message: "SGD Credits cannot be archived: 2 organizations draw from it.",
    });
    expect(getCreditType(everything, sgd)?.archivedAt).toBeNull();
  });

  it("is refused while its pool holds credits", async () => {
    const { entryId } = await purchase(credits(5));
    expect(await archiveCreditType({ id: sgd }, operator)).toEqual({
      ok: false,
      code: "credit_type_used",
      message: "SGD Credits cannot be archived: its pool holds 5 credits.",
    });
    value(await reverseEntry({ entry: entryId, note: null, requestId: requestId() }, operator));
    expect(await archiveCreditType({ id: sgd }, operator)).toMatchObject({ ok: true });
  });

  it("reports that the type was archived already, and writes nothing", async () => {
    value(await archiveCreditType({ id: sgd }, operator));
    const before = actions().length;
    expect(await archiveCreditType({ id: sgd }, operator)).toEqual({
      ok: true,
      value: { name: "SGD Credits", changed: false },
    });
    value(await restoreCreditType({ id: sgd }, operator));
    expect(await restoreCreditType({ id: sgd }, operator)).toEqual({
      ok: true,
      value: { name: "SGD Credits", changed: false },
    });
    expect(actions()).toHaveLength(before + 1);
  });
});

it("lets a viewer do nothing", async () => {
  const viewer = await aPortalUser("viewer");
  const attempts = [
    () => createCreditType({ ...SGD, name: "B" }, viewer),
    () => updateCreditType({ ...SGD, id: sgd }, viewer),
    () => archiveCreditType({ id: sgd }, viewer),
    () => restoreCreditType({ id: sgd }, viewer),
  ];
  for (const attempt of attempts) await expect(attempt()).rejects.toThrow(ForbiddenError);
});

it("lets an admin of the enterprise do everything", async () => {
  const admin = await aPortalUser("admin");
  const { id } = value(await createCreditType({ ...SGD, name: "B" }, admin));
  value(await updateCreditType({ ...SGD, id, name: "C" }, admin));
  value(await archiveCreditType({ id }, admin));
  value(await restoreCreditType({ id }, admin));
});

it.each([
  [100_000_000n, "SGD", "100 credits per SGD"],
  [1_000_000n, "JPY", "1 credit per JPY"],
  [1_000_000_000n, "USD", "1,000 credits per USD"],
  [500_000n, "MYR", "0.5 credits per MYR"],
])("writes an exchange rate: %s %s", (rate, currency, text) => {
  expect(exchangeRateText(rate, currency)).toBe(text);
});
