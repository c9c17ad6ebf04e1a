import { asc, eq, inArray } from "drizzle-orm";
import fc from "fast-check";
import { expect } from "vitest";
import { database } from "#db/client.ts";
import {
  creditTypes,
  ledgerEntries,
  membershipMonths,
  memberships,
  organizations,
} from "#db/schema/index.ts";
import { createCreditType } from "#lib/credit-types/commands.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { allocateCredits, returnCredits } from "#lib/ledger/commands/transfers.ts";
import { addMember } from "#lib/members/commands/members.ts";
import { changeMembershipsActive, updateMembership } from "#lib/members/commands/memberships.ts";
import type { AllowanceChoice } from "#lib/members/rules.ts";
import { createOrganization, updateOrganization } from "#lib/organizations/commands/organizations.ts";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import type { Result } from "#lib/result.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import type { UsageEvent } from "#lib/usage/rules/event.ts";
import { credits, operator, value } from "#tests/support/builders.ts";
import { LedgerModel, type ModelMembership, type ModelOrganization, type ModelType } from "./model.ts";

/** What the model does not know: the database's ids, in the order in which the model made its things. */
type Real = { entryIds: number[] };

/** One sequence's things. Its names begin with `prefix`, so that many sequences share one database. */
export type World = {
  prefix: string;
  model: LedgerModel;
  types: { model: ModelType; id: number; name: string }[];
  organizations: { model: ModelOrganization; id: number; code: string }[];
  memberships: { model: ModelMembership; id: number; organization: number; email: string }[];
  sent: { event: UsageEvent; membership: number; asked: string }[];
  /** Each form that was sent, to be sent again as it was. */
  forms: ((real: Real) => Promise<void>)[];
  now: Date;
};

type Command = fc.AsyncCommand<World, Real>;
/** A command that can always run: what it refers to is chosen among what is there. */
const command = (text: string, run: (world: World, real: Real) => Promise<void>): Command => ({
  check: () => true,
  run,
  toString: () => text,
});

const pick = <T>(list: readonly T[], choice: number): T => {
  const item = list[choice % list.length];
  if (item === undefined) throw new Error("nothing to choose from");
  return item;
};

function outcomeOf(result: Result<{ repeated?: boolean; status?: string }>): string {
  if (!result.ok) return result.code;
  return result.value.repeated ? "repeated" : result.value.status === "duplicate" ? "duplicate" : "ok";
}

/** How often each command ended in each way: what never happened was not proved. */
export const seen = new Map<string, number>();
function note(command: string, outcome: string): void {
  const key = `${command} ${outcome}`;
  seen.set(key, (seen.get(key) ?? 0) + 1);
}

const nat = fc.nat({ max: 1000 });
const someAmount = fc.oneof(
  fc.bigInt({ min: 1n, max: 2_000_000n }),
  fc.bigInt({ min: 1n, max: 20_000_000n }),
);
/** An amount, or one that hits what is there exactly, or passes it by a millionth. */
const amountChoice = fc.oneof(
  { weight: 6, arbitrary: someAmount },
  { weight: 2, arbitrary: fc.constant("all" as const) },
  { weight: 2, arbitrary: fc.constant("one too many" as const) },
  { weight: 1, arbitrary: fc.constant("left of the allowance" as const) },
  { weight: 1, arbitrary: fc.constant("one over the allowance" as const) },
);
type AmountChoice = bigint | "all" | "one too many" | "left of the allowance" | "one over the allowance";

function amountOf(choice: AmountChoice, there: bigint, left: bigint | null = null): bigint {
  if (typeof choice === "bigint") return choice;
  const base = choice.includes("allowance") && left !== null ? left : there;
  const amount = choice === "one too many" || choice === "one over the allowance" ? base + 1n : base;
  return amount > 0n ? amount : 1n;
}

const allowance = fc.oneof(
  fc.constant(null),
  fc.constant(0n),
  fc.bigInt({ min: 1n, max: 15_000_000n }),
  fc.constant(credits(1000)),
);
const allowanceChoice: fc.Arbitrary<AllowanceChoice> = fc.oneof(
  fc.constant({ allowance: "organization", monthlyAllowance: null } as const),
  fc.constant({ allowance: "unlimited", monthlyAllowance: null } as const),
  fc
    .bigInt({ min: 0n, max: 10_000_000n })
    .map((monthlyAllowance) => ({ allowance: "own", monthlyAllowance }) as const),
);

const ZONES = [
  "UTC",
  "America/New_York",
  "Europe/Berlin",
  "Asia/Singapore",
  "Pacific/Apia",
  "Australia/Lord_Howe",
  "Pacific/Kiritimati",
];

/** When an event occurred: now, lately, or within a millisecond of an hour at which some month begins. */
const occurred = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.integer({ min: -70 * 24, max: 0 }).map((hours) => ({ hours })) },
  {
    weight: 3,
    arbitrary: fc.record({
      month: fc.integer({ min: 0, max: 11 }),
      halfHours: fc.integer({ min: -28, max: 28 }),
      milliseconds: fc.integer({ min: -1, max: 0 }),
    }),
  },
);

async function makeType(world: World): Promise<void> {
  const name = `${world.prefix} type ${world.types.length}`;
  const { id } = value(await createCreditType({ name, currency: "SGD", exchangeRate: 1_000_000n }, operator));
  world.types.push({ id, name, model: { purchased: 0n, available: 0n, spent: 0n } });
}

async function makeOrganization(world: World, typeChoice: number, monthlyAllowance: bigint | null) {
  const type = pick(world.types, typeChoice);
  const code = `${world.prefix}-${world.organizations.length}`;
  const { id } = value(
    await createOrganization(
      { name: code, code, creditType: type.id, monthlyAllowance },
      operator,
      world.now,
    ),
  );
  const model: ModelOrganization = {
    name: code,
    type: type.model,
    active: true,
    changes: [],
    allowance: monthlyAllowance,
    balance: 0n,
    spent: 0n,
    moved: false,
  };
  world.organizations.push({ id, code, model });
}

async function makeMember(world: World, organizationChoice: number, person: number, choice: AllowanceChoice) {
  const index = organizationChoice % world.organizations.length;
  const organization = pick(world.organizations, index);
  const email = `${world.prefix}.${person % 3}@example.edu`;
  const known = world.memberships.some((one) => one.organization === index && one.email === email);
  const added = await addMember(
    { organization: organization.code, name: `Person ${person % 3}`, email, role: "creator", ...choice },
    operator,
    world.now,
  );
  expect(added.ok ? "ok" : added.code).toBe(known ? "already_member" : "ok");
  if (!added.ok) return;
  world.memberships.push({
    id: added.value.id,
    organization: index,
    email,
    model: { organization: organization.model, active: true, changes: [], choice, months: new Map() },
  });
}

async function purchase(world: World, real: Real, typeChoice: number, amount: bigint, requestId: string) {
  const index = typeChoice % world.types.length;
  const type = pick(world.types, index);
  const expected = world.model.purchase(requestId, type.model, type.name, amount);
  note("purchase", expected);
  if (expected === "ok") {
    world.forms.push((again) => purchase(world, again, index, amount, requestId));
  }
  const result = await purchaseCredits(
    { creditType: type.id, amount, note: null, requestId },
    operator,
    world.now,
  );
  expect(outcomeOf(result)).toBe(expected);
  if (result.ok && expected === "ok") {
    real.entryIds.push(result.value.entryId);
    expect(result.value.balanceAfter).toBe(type.model.available);
  }
}

async function transfer(
  world: World,
  real: Real,
  kind: "allocation" | "return",
  organizationChoice: number,
  choice: AmountChoice,
  requestId: string,
) {
  const index = organizationChoice % world.organizations.length;
  const { id, model } = pick(world.organizations, index);
  const amount = amountOf(choice, kind === "allocation" ? model.type.available : model.balance);
  const expected = world.model.transfer(kind, requestId, model, amount);
  note(kind, expected);
  if (expected === "ok") {
    world.forms.push((again) => transfer(world, again, kind, index, amount, requestId));
  }
  const move = kind === "allocation" ? allocateCredits : returnCredits;
  const result = await move({ organization: id, amount, note: null, requestId }, operator, world.now);
  expect(outcomeOf(result)).toBe(expected);
  if (result.ok && expected === "ok") {
    real.entryIds.push(result.value.entryId);
    expect(result.value.balanceAfter).toBe(model.balance);
  }
}

type SpendChoice = {
  membership: number;
  amount: AmountChoice;
  occurred: null | { hours: number } | { month: number; halfHours: number; milliseconds: number };
  /** Another event than before, the same again, or another under an id that was used. */
  id: "new" | "again" | "conflicting";
  earlier: number;
};

const spendChoice: fc.Arbitrary<SpendChoice> = fc.record({
  membership: nat,
  amount: amountChoice,
  occurred,
  id: fc.oneof(
    { weight: 8, arbitrary: fc.constant("new" as const) },
    { weight: 2, arbitrary: fc.constant("again" as const) },
    { weight: 1, arbitrary: fc.constant("conflicting" as const) },
  ),
  earlier: nat,
});

function eventOf(world: World, choice: SpendChoice, number: number): World["sent"][number] {
  if (choice.id !== "new" && world.sent.length > 0) {
    const sent = pick(world.sent, choice.earlier);
    if (choice.id === "again") return sent;
    const event = { ...sent.event, credits: sent.event.credits + 1n };
    return { event, membership: sent.membership, asked: `${sent.asked} and more` };
  }
  const index = choice.membership % world.memberships.length;
  const { model, organization, email } = pick(world.memberships, index);
  const at = choice.occurred;
  const occurredAt =
    at === null
      ? null
      : "hours" in at
        ? new Date(world.now.getTime() + at.hours * 3_600_000)
        : new Date(
            // What has not happened yet is refused.
            Math.min(
              Date.UTC(2026, at.month, 1) + at.halfHours * 1_800_000 + at.milliseconds,
              world.now.getTime(),
            ),
          );
  const spent = model.months.get(world.now.getUTCFullYear() * 100 + world.now.getUTCMonth() + 1) ?? 0n;
  const limit =
    model.choice.allowance === "own" ? model.choice.monthlyAllowance : model.organization.allowance;
  const event: UsageEvent = {
    id: `${world.prefix}-${number}`,
    source: "",
    organization: pick(world.organizations, organization).code,
    member: email,
    application: `application ${number % 2}`,
    credits: amountOf(choice.amount, model.organization.balance, limit === null ? null : limit - spent),
    occurredAt,
    metadata: null,
  };
  return { event, membership: index, asked: JSON.stringify([index, `${event.credits}`, occurredAt]) };
}

/** Sends events in one batch. The model decides each, independent of the others. */
async function spend(world: World, real: Real, choices: readonly SpendChoice[]) {
  const batch = choices.map((choice, index) => eventOf(world, choice, world.sent.length + index));
  const expected = batch.map(({ event, membership, asked }) => {
    const of = pick(world.memberships, membership);
    const key = event.id;
    const occurredAt = event.occurredAt ?? world.now;
    const outcome = world.model.spend(key, asked, of.model, event.credits, occurredAt, world.now);
    note("spend", outcome);
    return { outcome, answer: world.model.events.get(key) };
  });
  const results = await recordBatch(
    batch.map(({ event }) => event),
    operator,
    { now: world.now },
  );
  expect(results.map(outcomeOf)).toEqual(expected.map(({ outcome }) => outcome));
  for (const [index, result] of results.entries()) {
    const answer = expected[index]?.answer;
    if (!result.ok || !answer) continue;
    expect(result.value.organization.balance).toBe(answer.balance);
    expect(result.value.member.spentThisMonth).toBe(answer.monthSpent);
    expect(result.value.member.allowance).toBe(answer.allowance);
  }
  world.sent.push(...batch);
  // The ids of what was recorded, in order: as the model has them.
  const missing = world.model.entries.length - real.entryIds.length;
  if (missing > 0) {
    const rows = database()
      .select({ id: ledgerEntries.id })
      .from(ledgerEntries)
      .where(
        inArray(
          ledgerEntries.externalId,
          batch.filter((_one, index) => expected[index]?.outcome === "ok").map(({ event }) => event.id),
        ),
      )
      .orderBy(asc(ledgerEntries.id))
      .all();
    expect(rows).toHaveLength(missing);
    real.entryIds.push(...rows.map((row) => row.id));
  }
}

async function reverse(world: World, real: Real, choice: number, requestId: string) {
  const index = choice % (real.entryIds.length + 1);
  const expected = world.model.reverse(requestId, index);
  const entry = world.model.entries[index];
  if (expected === "ok") world.forms.push((again) => reverse(world, again, index, requestId));
  note(expected === "ok" ? `reversal of ${entry?.kind}` : "reversal", expected);
  const result = await reverseEntry(
    { entry: real.entryIds[index] ?? 999_999_999, note: null, requestId },
    operator,
    world.now,
  );
  expect(outcomeOf(result)).toBe(expected);
  if (result.ok && expected === "ok") real.entryIds.push(result.value.entryId);
}

/** Ids of requests: few, so that they meet again. */
const requestNumber = fc.nat({ max: 25 });
const requestOf = (world: World, number: number) => `${world.prefix}-request-${number}`;

const arbitraries: fc.Arbitrary<Command>[] = [
  fc.constant(command("create credit type", (world) => makeType(world))),
  fc
    .tuple(nat, allowance)
    .map(([type, limit]) =>
      command(`create organization ${type} ${limit}`, (world) => makeOrganization(world, type, limit)),
    ),
  fc
    .tuple(nat, nat, allowanceChoice)
    .map(([organization, person, choice]) =>
      command(
        `add member ${organization} ${person} ${choice.allowance} ${choice.monthlyAllowance}`,
        (world) => makeMember(world, organization, person, choice),
      ),
    ),
  fc
    .tuple(
      nat,
      fc.oneof(
        { weight: 9, arbitrary: someAmount },
        { weight: 1, arbitrary: fc.constantFrom(9n * 10n ** 17n, 10n ** 18n) },
      ),
      requestNumber,
    )
    .map(([type, amount, request]) =>
      command(`purchase ${type} ${amount} #${request}`, (world, real) =>
        purchase(world, real, type, amount, requestOf(world, request)),
      ),
    ),
  ...(["allocation", "allocation", "return"] as const).map((kind) =>
    fc
      .tuple(nat, amountChoice, requestNumber)
      .map(([organization, amount, request]) =>
        command(`${kind} ${organization} ${amount} #${request}`, (world, real) =>
          transfer(world, real, kind, organization, amount, requestOf(world, request)),
        ),
      ),
  ),
  ...[1, 1, 1, 1, 1, 4].map((maxLength) =>
    fc
      .array(spendChoice, { minLength: 1, maxLength })
      .map((choices) =>
        command(`spend ${fc.stringify(choices)}`, (world, real) => spend(world, real, choices)),
      ),
  ),
  ...[1, 2].map(() =>
    fc
      .tuple(nat, requestNumber)
      .map(([entry, request]) =>
        command(`reverse ${entry} #${request}`, (world, real) =>
          reverse(world, real, entry, requestOf(world, request)),
        ),
      ),
  ),
  nat.map((choice) => command(`form ${choice} again`, (world, real) => pick(world.forms, choice)(real))),
  fc.tuple(nat, fc.boolean()).map(([choice, active]) =>
    command(`organization ${choice} active ${active}`, async (world) => {
      const { id, model } = pick(world.organizations, choice);
      const changed = model.active === active ? 0 : 1;
      expect(await changeOrganizationsActive([id], active, operator, null, world.now)).toEqual({
        ok: true,
        value: { changed, batch: null },
      });
      world.model.setActive(model, active, world.now);
    }),
  ),
  fc.tuple(nat, fc.boolean()).map(([choice, active]) =>
    command(`membership ${choice} active ${active}`, async (world) => {
      const { id, model } = pick(world.memberships, choice);
      value(await changeMembershipsActive([id], active, operator, null, world.now));
      world.model.setActive(model, active, world.now);
    }),
  ),
  fc.tuple(nat, allowanceChoice).map(([choice, to]) =>
    command(`allowance of membership ${choice} ${to.allowance} ${to.monthlyAllowance}`, async (world) => {
      const { id, model } = pick(world.memberships, choice);
      value(await updateMembership({ id, role: "viewer", ...to }, operator));
      model.choice = to;
    }),
  ),
  fc.tuple(nat, allowance, nat).map(([choice, limit, type]) =>
    command(`allowance of organization ${choice} ${limit}, credit type ${type}`, async (world) => {
      const { id, code, model } = pick(world.organizations, choice);
      const to = pick(world.types, type);
      const fixed = model.moved && to.model !== model.type;
      note("credit type", fixed ? "fixed" : to.model === model.type ? "same" : "changed");
      const result = await updateOrganization(
        { id, name: code, monthlyAllowance: limit, creditType: to.id },
        operator,
      );
      expect(outcomeOf(result as Result<object>)).toBe(fixed ? "credit_type_fixed" : "ok");
      if (fixed) return;
      model.allowance = limit;
      model.type = to.model;
    }),
  ),
  fc.constantFrom(...ZONES).map((timeZone) =>
    command(`time zone ${timeZone}`, async (world) => {
      await useTimeZone(timeZone);
      world.model.timeZone = timeZone;
    }),
  ),
  fc.constantFrom(-86_400_000, 86_400_000, 3_600_000, 20 * 86_400_000).map((milliseconds) =>
    command(`clock ${milliseconds / 3_600_000} hours`, async (world) => {
      world.now = new Date(world.now.getTime() + milliseconds);
    }),
  ),
];

export const ledgerCommands = fc.commands(arbitraries, { maxCommands: 24, size: "max" });

async function useTimeZone(timeZone: string): Promise<void> {
  value(
    await updateSettings(
      { enterpriseName: "Model", timeZone: timeZone as never, dateFormat: "YYYY-MM-DD" },
      operator,
    ),
  );
}

/** A world in which every command has something to do: a pool of 50 credits, an organization with 20, a member. */
export async function startWorld(prefix: string, enterprise: { purchased: bigint }) {
  await useTimeZone("UTC");
  const world: World = {
    prefix,
    model: new LedgerModel(enterprise),
    types: [],
    organizations: [],
    memberships: [],
    sent: [],
    forms: [],
    now: new Date(Date.UTC(2026, 10, 30, 23, 30)),
  };
  const real: Real = { entryIds: [] };
  await makeType(world);
  await makeOrganization(world, 0, credits(12));
  await makeMember(world, 0, 0, { allowance: "organization", monthlyAllowance: null });
  await purchase(world, real, 0, credits(50), `${prefix}-start-1`);
  await transfer(world, real, "allocation", 0, credits(20), `${prefix}-start-2`);
  return { model: world, real };
}

/** Every figure that the model has is the database's. */
export function expectSameFigures({ model: world, real }: { model: World; real: Real }): void {
  const db = database();
  expect(real.entryIds).toHaveLength(world.model.entries.length);
  for (const { id, model } of world.types) {
    const row = db.select().from(creditTypes).where(eq(creditTypes.id, id)).get();
    expect(row).toMatchObject({
      available: model.available,
      totalPurchased: model.purchased,
      totalSpent: model.spent,
    });
  }
  for (const { id, model } of world.organizations) {
    const row = db.select().from(organizations).where(eq(organizations.id, id)).get();
    expect(row).toMatchObject({
      balance: model.balance,
      spent: model.spent,
      active: model.active,
      creditsMoved: model.moved,
    });
  }
  for (const { id, model } of world.memberships) {
    const months = db.select().from(membershipMonths).where(eq(membershipMonths.membershipId, id)).all();
    expect(new Map(months.map((row) => [row.month, row.spent]))).toEqual(model.months);
    const row = db.select().from(memberships).where(eq(memberships.id, id)).get();
    expect(row).toMatchObject({
      spent: [...model.months.values()].reduce((sum, spent) => sum + spent, 0n),
      active: model.active,
    });
  }
}
