import { describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { listApiKeys } from "#lib/api-keys/queries.ts";
import { keyUsage } from "#lib/api-keys/usage.ts";
import { suggestApplications } from "#lib/applications/queries.ts";
import { actorOptions } from "#lib/audit/actor-options.ts";
import { exportAudit } from "#lib/audit/export.ts";
import { auditFilter } from "#lib/audit/filter.ts";
import { listAudit } from "#lib/audit/list.ts";
import { type AuditView, auditSearchParams } from "#lib/audit/search-params.ts";
import { parseCsv } from "#lib/csv.ts";
import { exportMemberships } from "#lib/members/export.ts";
import { listMembers, membershipIdPieces } from "#lib/members/queries/member-list.ts";
import { monthsOfMember } from "#lib/members/queries/member-spending.ts";
import { getMember } from "#lib/members/queries/members.ts";
import {
  firstActiveMember,
  membershipsByIds,
  membershipsOfMember,
} from "#lib/members/queries/memberships.ts";
import { SORTS as MEMBER_SORTS, type MembersView, membersSearchParams } from "#lib/members/search-params.ts";
import { exportOrganizations } from "#lib/organizations/export.ts";
import { listOrganizations } from "#lib/organizations/queries/list.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { totalsByCreditType } from "#lib/organizations/queries/totals.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { attentionOf } from "#lib/overview/attention.ts";
import { spendingOverview } from "#lib/overview/figures.ts";
import { randomFrom } from "#lib/random.ts";
import { firstEventOf } from "#lib/refusals/first-event.ts";
import { refusalFilter } from "#lib/refusals/queries/filter.ts";
import { countByReason } from "#lib/refusals/queries/list.ts";
import { refusalsSearchParams } from "#lib/refusals/search-params.ts";
import type { Scope } from "#lib/scope/scope.ts";
import { findAnything } from "#lib/search/queries.ts";
import { exportTransactions } from "#lib/transactions/export.ts";
import { listFigures, organizationFigures } from "#lib/transactions/figures.ts";
import { getTransaction } from "#lib/transactions/queries/entries.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import { neighboursOf, withSameExternalId } from "#lib/transactions/queries/list.ts";
import { suggestMembers, suggestModels } from "#lib/transactions/queries/suggestions.ts";
import { GROUPINGS, type SpendTable } from "#lib/transactions/rules/grouping.ts";
import { PER_CHOICES, rangeOf } from "#lib/transactions/rules/periods.ts";
import { type TransactionsView, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { type SpendingFigures, spendingFigures } from "#lib/transactions/spending-figures.ts";
import { exportSpendingSummary } from "#lib/transactions/summary-export.ts";
import { scopeOf } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import {
  foundOutside,
  type Model,
  type ModelSpend,
  makeModel,
  markersOutside,
  TODAY,
} from "#tests/support/scope-model.ts";

// Whatever a portal user with grants on organizations and tags reads is inside these, and its sums are those of a model
// that adds up what it inserted. A failure names the seed.

const SEEDS = [1, 2, 3, 4, 5, 6];
/** How many views of each page are tried for each user. */
const VIEWS = 6;

useFreshDatabase();

const json = (value: unknown) =>
  JSON.stringify(value, (_key, one: unknown) => (typeof one === "bigint" ? one.toString() : one));
const total = (items: readonly { spent: bigint }[]) => items.reduce((sum, { spent }) => sum + spent, 0n);
const amountOf = (spends: readonly ModelSpend[]) =>
  spends.reduce((sum, { credits, isReversed }) => sum + (isReversed ? 0n : credits), 0n);
const text = (pieces: Iterable<string>) => [...pieces].join("");
function rowsOf(csv: string): string[][] {
  const parsed = parseCsv(Buffer.from(csv));
  if (!parsed.ok) throw new Error(parsed.fault.message);
  return parsed.records.slice(1).map(({ cells }) => cells);
}
const microOf = (cell: string) => {
  const [whole = "", decimals = ""] = cell.replace("-", "").split(".");
  const micro = BigInt(whole + decimals.padEnd(6, "0"));
  return cell.startsWith("-") ? -micro : micro;
};

type Tried = {
  model: Model;
  scope: Scope;
  inside: ReadonlySet<number>;
  random: () => number;
  /** Fails where an output has a text of what is outside. */
  check: (name: string, output: unknown) => void;
};

describe.each(SEEDS)("with the seed %i", (seed) => {
  it("everything read is inside the grants, and sums are of what is inside", async () => {
    const model = await makeModel(seed);
    for (const { actor, organizations: inside } of model.users) {
      const scope = scopeOf(actor);
      expect(scope.organizationIds, `seed ${seed}`).toEqual(inside);
      const outside = markersOutside(model, inside);
      const check = (name: string, output: unknown) =>
        expect(
          foundOutside(typeof output === "string" ? output : json(output), outside),
          `seed ${seed}: ${name}`,
        ).toEqual([]);
      const tried: Tried = { model, scope, inside, random: randomFrom(seed), check };
      tryOrganizations(tried);
      tryMembers(tried);
      await tryTransactions(tried);
      await tryOverview(tried);
      tryAudit(tried, actor.id);
      trySuggestions(tried);
    }
  }, 60_000);
});

function tryOrganizations({ model, scope, inside, check }: Tried): void {
  const view = organizationsSearchParams.defaults;
  const totals = totalsByCreditType(scope);
  const { items, counts } = listOrganizations(scope, view, totals);
  check("organizations", { items, counts, totals });
  expect(new Set(items.map(({ id }) => id))).toEqual(inside);
  expect(counts.all).toBe(inside.size);
  const spends = model.spends.filter(({ organization }) => inside.has(organization));
  expect(total(totals)).toBe(amountOf(spends));
  check("organizations.csv", text(exportOrganizations(scope, view, { figures: true })));
  for (const { id, code } of model.organizations) {
    const organization = getOrganization(scope, code);
    expect(organization?.id).toBe(inside.has(id) ? id : undefined);
    if (!organization) continue;
    const figures = organizationFigures(scope, organization, TODAY);
    check("organization", figures);
    expect(figures.spentThisMonth).toBe(
      amountOf(spends.filter(({ organization, day }) => organization === id && day >= 20_261_101)),
    );
  }
}

function tryMembers({ model, scope, inside, random, check }: Tried): void {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const memberships = model.memberships.filter(({ organization }) => inside.has(organization));
  const people = new Set(memberships.map(({ member }) => member));
  const spentBy = (member: number) =>
    model.spends.filter((spend) => spend.member === member && inside.has(spend.organization));
  for (const { member } of model.memberships) {
    const person = getMember(scope, member);
    expect(person?.id).toBe(people.has(member) ? member : undefined);
    check("member", [person, membershipsOfMember(scope, { memberId: member, month: 202_611, limit: 99 })]);
    const months = monthsOfMember(scope, member, 0);
    check("months", months);
    expect(total(months.flatMap((type) => type.months))).toBe(amountOf(spentBy(member)));
    const today = { ...refusalsSearchParams.defaults, member: String(member), from: TODAY };
    check("refused today", countByReason(refusalFilter(scope, today, "UTC")));
    if (!person) continue;
    const spends = spentBy(member);
    expect(person.memberships).toBe(memberships.filter((one) => one.member === member).length);
    expect(person.spent).toBe(amountOf(spends));
    const last = Math.max(0, ...spends.map(({ at }) => at.getTime()));
    expect(person.lastActiveAt?.getTime() ?? 0).toBe(last);
  }
  check(
    "memberships",
    membershipsByIds(
      scope,
      model.memberships.map(({ id }) => id),
      202_611,
    ),
  );
  for (let tries = 0; tries < VIEWS; tries++) {
    const organization = random() < 0.3 ? pick(model.organizations) : null;
    const view: MembersView = {
      ...membersSearchParams.defaults,
      sort: pick(MEMBER_SORTS),
      organization: organization?.code ?? "",
      q: random() < 0.3 ? "zqp" : "",
    };
    const page = listMembers(scope, view);
    check("members", page);
    const expected = organization
      ? inside.has(organization.id)
        ? memberships.filter((one) => one.organization === organization.id)
        : []
      : memberships;
    const ids = new Set(expected.map(({ member }) => member));
    expect(new Set(page.items.map(({ id }) => id))).toEqual(ids);
    expect(page.total).toBe(ids.size);
    if (view.sort === "-spent") {
      const spent = page.items.map((item) => item.spent);
      expect(spent).toEqual([...spent].sort((a, b) => (a < b ? 1 : a > b ? -1 : 0)));
    }
    const csv = text(exportMemberships(scope, membershipIdPieces(scope, view), { figures: true }));
    check("members.csv", csv);
    expect(rowsOf(csv)).toHaveLength(expected.length);
  }
}

async function tryTransactions({ model, scope, inside, random, check }: Tried): Promise<void> {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const chance = (share: number) => random() < share;
  const entries = [...model.spends, ...model.otherEntries];
  for (const { id, organization } of pickSome(entries, random)) {
    const entry = getTransaction(scope, id);
    expect(entry?.id).toBe(inside.has(organization) ? id : undefined);
    check("transaction", entry);
    if (!entry) continue;
    const around = neighboursOf(scope, entry, TODAY);
    const others = withSameExternalId(scope, entry, { today: TODAY, limit: 5 });
    for (const other of [around.older, around.newer, ...others]) {
      if (other !== null) expect(getTransaction(scope, other)?.id, `around ${id}`).toBe(other);
    }
  }
  for (let tries = 0; tries < VIEWS; tries++) {
    const change: Partial<TransactionsView> = {};
    if (chance(0.4)) change.period = pick(["this-month", "last-month", "30-days", "12-months"] as const);
    if (chance(0.2)) Object.assign(change, { from: 20_260_901, to: 20_261_015 });
    if (chance(0.25)) change.organization = pick(model.organizations).code;
    const spend = pick(model.spends);
    if (!spend) return;
    if (chance(0.25)) change.member = String(spend.member);
    if (chance(0.25)) change.application = spend.application;
    if (chance(0.2)) change.type = spend.creditType;
    if (chance(0.2) && spend.model !== "") change.model = spend.model;
    if (chance(0.1)) change.externalId = spend.externalId;
    if (chance(0.3)) change.kind = pick(["spend", "reversal", "allocation"] as const);
    const tags = pick(model.organizations).tags;
    if (chance(0.2)) Object.assign(change, { tag: tags.slice(0, 1), only: pick([null, "zqt1x", "plain2"]) });
    change.by = pick([...GROUPINGS, "tag:zqt1x", "tag:plain2"] as const);
    change.per = pick(PER_CHOICES);
    const view = { ...transactionsSearchParams.defaults, ...change };
    const name = `transactions ${json(change)}`;
    const range = rangeOf(view, TODAY);
    const code = change.organization;
    const ofView = model.spends.filter(
      (one) =>
        inside.has(one.organization) &&
        isTagged(model, one.organization, change) &&
        (code === undefined ||
          model.organizations.find(({ id }) => id === one.organization)?.code === code) &&
        (change.member === undefined || one.member === spend.member) &&
        (change.application === undefined || one.application === spend.application) &&
        (change.type === undefined || one.creditType === spend.creditType) &&
        (change.model === undefined || one.model === spend.model) &&
        (change.externalId === undefined || one.externalId === spend.externalId),
    );
    const matches = ofView.filter(
      ({ day }) => (range.from === null || day >= range.from) && (range.to === null || day <= range.to),
    );
    const figures = await listFigures(scope, view, TODAY);
    const filter = transactionFilter(scope, view, TODAY);
    if (figures) {
      check(name, { ...figures, filter: { ...figures.filter, externalId: null, model: null } });
      const { metrics, list } = figures;
      expect(metrics.spent, name).toBe(amountOf(matches));
      if (change.kind === "spend") {
        const newest = [...matches]
          .sort((a, b) => b.at.getTime() - a.at.getTime() || b.id - a.id)
          .slice(0, 50);
        expect(
          list.items.map(({ id }) => id),
          name,
        ).toEqual(newest.map(({ id }) => id));
      }
      const spending = await spendingFigures(scope, { ...view, tab: "spending" }, TODAY);
      if (!spending || typeof spending.table === "string") throw new Error(`${name} has no table`);
      check(`${name} spending`, {
        ...spending,
        filter: { ...spending.filter, externalId: null, model: null },
      });
      expect(total(spending.bars), name).toBe(metrics.spent);
      const previous = spending.filter.previous;
      if (previous && spending.previous) {
        const { from, to } = previous;
        const before = ofView.filter(({ day }) => day >= (from ?? 0) && day <= (to ?? 0));
        // A range that is cut at today is compared with as many bars.
        expect(total(spending.previous) <= amountOf(before), name).toBe(true);
        if (spending.previous.at(-1)?.to === to)
          expect(total(spending.previous), name).toBe(amountOf(before));
      }
      expectTable(spending, spending.table, { model, matches, name });
    } else expect(model.otherEntries.some(({ organization }) => inside.has(organization))).toBe(false);
    const csv = text(exportTransactions(filter));
    check(`${name} csv`, csv);
    const organizationOf = new Map(entries.map(({ id, organization }) => [String(id), organization]));
    for (const [id = ""] of rowsOf(csv)) expect(inside.has(organizationOf.get(id) ?? 0), name).toBe(true);
    if (change.kind === "spend") {
      expect(
        rowsOf(csv)
          .map(([id]) => Number(id))
          .sort((a, b) => a - b),
      ).toEqual(matches.map(({ id }) => id).sort((a, b) => a - b));
    }
    const summary = text(exportSpendingSummary(filter));
    check(`${name} summary`, summary);
    if (change.kind === undefined) {
      const sum = rowsOf(summary).reduce((sum, row) => sum + microOf(row[6] ?? ""), 0n);
      expect(sum, name).toBe(amountOf(matches));
    }
  }
}

/** Whether an organization has the tags of a view, and no others of the key that the view names. */
function isTagged(
  model: Model,
  organization: number,
  { tag = [], only }: Partial<TransactionsView>,
): boolean {
  const { tags = [] } = model.organizations.find(({ id }) => id === organization) ?? {};
  return (
    tag.every((one) => tags.includes(one)) &&
    (!only || tags.every((one) => tag.includes(one) || !one.startsWith(`${only}:`)))
  );
}

/** Each cell of a table against the model, and the sums of its rows and columns. */
function expectTable(
  { by, buckets, granularity, filter }: SpendingFigures,
  { rows, others, none, totals }: SpendTable,
  { model, matches, name }: { model: Model; matches: readonly ModelSpend[]; name: string },
): void {
  const tagsOf = (spend: ModelSpend) =>
    (model.organizations.find(({ id }) => id === spend.organization)?.tags ?? [])
      .filter((tag) => tag.startsWith(`${by.slice("tag:".length)}:`))
      .toSorted()
      .join(" ");
  const partOf: Record<(typeof GROUPINGS)[number], (spend: ModelSpend) => string> = {
    organization: ({ organization }) => model.organizations.find(({ id }) => id === organization)?.code ?? "",
    member: ({ member }) => String(member),
    application: ({ application }) => String(application),
    type: ({ creditType }) => String(creditType),
    key: () => "",
    model: (spend) => spend.model,
  };
  const key = by.startsWith("tag:") ? tagsOf : partOf[by as (typeof GROUPINGS)[number]];
  const expected = new Map<string, bigint>();
  const add = (part: string, column: number, amount: bigint) => {
    const cell = `${part} ${column}`;
    expected.set(cell, (expected.get(cell) ?? 0n) + amount);
  };
  for (const spend of matches) {
    if (spend.isReversed) continue;
    const column = buckets.findIndex(({ from, to }) => spend.day >= from && spend.day <= to);
    expect(column, `${name}: ${spend.day} by ${granularity}`).toBeGreaterThanOrEqual(0);
    // Keys are not in the model: their cells are compared in sum alone.
    const part = by === "key" ? "" : key(spend);
    for (const row of [part, "total"]) {
      add(row, column, spend.credits);
      add(row, -1, spend.credits);
    }
  }
  const shown = new Map<string, bigint>();
  const list = [
    ...rows.map((row) => ({ part: by === "key" ? "" : row.key, ...row })),
    { part: "", ...none },
    { part: "total", ...totals },
  ];
  for (const { part, cells = [], total = 0n } of list) {
    for (const [column, cell] of [...cells.entries(), [-1, total] as const]) {
      const name = `${part} ${column}`;
      if (cell !== 0n) shown.set(name, (shown.get(name) ?? 0n) + cell);
    }
  }
  const sorted = (map: Map<string, bigint>) => [...map].filter(([, amount]) => amount !== 0n).sort();
  expect(sorted(shown), `${name} of ${json(filter.range)}`).toEqual(sorted(expected));
  expect(others, name).toBeNull();
}

const pickSome = <T>(items: readonly T[], random: () => number): T[] => items.filter(() => random() < 0.3);

async function tryOverview({ model, scope, inside, check }: Tried): Promise<void> {
  const spends = model.spends.filter(({ organization }) => inside.has(organization));
  const inDays = (from: number, to: number) => spends.filter(({ day }) => day >= from && day <= to);
  const recent = inDays(20_261_001, TODAY);
  for (const type of new Set([null, ...spends.map(({ creditType }) => creditType)])) {
    const overview = await spendingOverview(scope, { type, by: null }, TODAY);
    const name = `overview of ${type}`;
    check(name, overview);
    if (!overview) {
      expect(model.otherEntries.some(({ organization }) => inside.has(organization))).toBe(false);
      continue;
    }
    const { types, chosen, applications, organizations, rose, fell, byTag } = overview;
    const ofType = (all: readonly ModelSpend[], id: number) =>
      amountOf(all.filter(({ creditType }) => creditType === id));
    for (const one of types) {
      expect(one.spent, name).toBe(ofType(inDays(20_261_101, TODAY), one.id));
      expect(one.sameDaysBefore, name).toBe(ofType(inDays(20_261_001, 20_261_024), one.id));
      expect(one.monthBefore, name).toBe(ofType(inDays(20_261_001, 20_261_031), one.id));
    }
    const withSpending = new Set(recent.map(({ creditType }) => creditType));
    for (const id of withSpending) {
      if (ofType(recent, id) > 0n) expect(types.map((one) => one.id)).toContain(id);
    }
    if (!chosen) continue;
    expect(total(applications), name).toBe(chosen.spent);
    expect(total(organizations), name).toBeLessThanOrEqual(chosen.spent);
    for (const { organization, now, before } of [...rose, ...fell]) {
      const its = (all: readonly ModelSpend[]) => all.filter((one) => one.organization === organization.id);
      expect(now, name).toBe(amountOf(its(inDays(20_261_101, TODAY))));
      expect(before, name).toBe(amountOf(its(inDays(20_261_001, 20_261_024))));
      expect(organization.creditTypeId).toBe(chosen.id);
    }
    if (byTag) expect(total(byTag.shares)).toBeLessThanOrEqual(chosen.spent);
  }
  check("attention", attentionOf({ id: 0, scope }, new Date("2026-11-24T12:00:01Z")));
}

function tryAudit({ model, scope, inside, random, check }: Tried, userId: number): void {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const reader = { id: userId, role: null, scope };
  check("audit actors", actorOptions(reader));
  const codes = model.organizations.filter(({ id }) => inside.has(id)).map(({ code }) => code);
  const rows = database()
    .$client.prepare("SELECT id, subject_kind, subject_label FROM audit_entries ORDER BY id")
    .raw()
    .all() as [bigint, string, string][];
  // A membership's label ends in the code of its organization.
  const rowsInside = rows.filter(
    ([, kind, label]) =>
      ["organization", "membership"].includes(kind) &&
      codes.some((code) => label === code || label.endsWith(` in ${code}`)),
  );
  const csv = text(exportAudit(auditFilter(auditSearchParams.defaults, "UTC"), reader));
  check("audit.csv", csv);
  const shown = new Set(rowsOf(csv).map(([id]) => id));
  for (const [id] of rowsInside) expect(shown.has(String(id))).toBe(true);
  const kinds = new Map(rows.map(([id, kind]) => [String(id), kind]));
  for (const id of shown) {
    expect(["organization", "membership", "member", "api_key"]).toContain(kinds.get(id ?? ""));
  }
  for (let tries = 0; tries < VIEWS; tries++) {
    const view: AuditView = {
      ...auditSearchParams.defaults,
      kind: pick(["all", "organization", "membership", "member", "api_key", "settings"] as const),
      q: random() < 0.3 ? pick(model.organizations).code : "",
      action: random() < 0.3 ? pick(["member.added", "credits.returned", "api_key.created"] as const) : "all",
    };
    const { items } = listAudit(auditFilter(view, "UTC"), view, reader);
    check(`audit ${json(view)}`, items);
  }
}

function trySuggestions({ model, scope, check }: Tried): void {
  check("suggestions", [
    suggestMembers(scope, "zq", 99),
    suggestMembers(scope, "Person zq", 99),
    suggestModels(scope, "zq", 99),
    suggestApplications(scope, "zq", 99),
    suggestApplications(scope, "app", 99),
  ]);
  for (const q of ["zq", "Person zq", "#1", "5", "9", "app", "bur_a", "add 5 to zq", "add member to zq"]) {
    check(`search ${q}`, findAnything({ role: null, scope }, q));
  }
  const keys = listApiKeys(scope, "all", { before: null, after: null });
  check("API keys", keys);
  const inside = new Set(keys.items.map(({ id }) => id));
  for (let id = 1; id <= model.organizations.length + 1; id++) {
    const usage = keyUsage(scope, id, { from: 0, limit: 99 });
    expect(usage !== null, `key ${id}`).toBe(inside.has(id));
    check(`key ${id}`, [usage, firstEventOf(scope, id)]);
  }
  for (const { id } of model.organizations) {
    check(`a member of ${id}`, firstActiveMember(scope, id));
  }
}
