import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { database } from "#db/client.ts";
import { auditEntries } from "#db/schema/index.ts";
import { ForbiddenError } from "#lib/actor.ts";
import { reverseEntry } from "#lib/ledger/commands/reversals.ts";
import { addAlias, aliasesOf } from "#lib/members/aliases.ts";
import { addMember } from "#lib/members/commands/members.ts";
import { changeMembershipsActive, updateMembership } from "#lib/members/commands/memberships.ts";
import { exportMemberships } from "#lib/members/export.ts";
import { importMembersFile } from "#lib/members/import.ts";
import { mergeMembers } from "#lib/members/merge.ts";
import { listMembers, membershipIdPieces } from "#lib/members/queries/member-list.ts";
import { getMember } from "#lib/members/queries/members.ts";
import { membershipIdsOf, membershipsOfMember } from "#lib/members/queries/memberships.ts";
import { removeMembership } from "#lib/members/removal.ts";
import { addMemberInput } from "#lib/members/rules.ts";
import { membershipsSearchParams, membersSearchParams } from "#lib/members/search-params.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { memberParts } from "#lib/transactions/parts/member-parts.ts";
import { getTransaction } from "#lib/transactions/queries/entries.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { topMembers } from "#lib/transactions/spending.ts";
import { exportSpendingSummary } from "#lib/transactions/summary-export.ts";
import { spendableBy } from "#lib/usage/queries/spendable.ts";
import { verifyDatabase } from "#lib/verify/verify.ts";
import {
  aMember,
  aPortalUser,
  credits,
  everything,
  operator,
  requestId,
  spend,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();

// Of the small enterprise: Ana in LAW and ART, Bo in LAW.
const [BO, DI] = [2, 3];
const merge = (member: number, email: string) => mergeMembers({ member, email }, operator);
const faults = () =>
  verifyDatabase(path.join(process.env.DATA_DIR ?? "", "bursar.sqlite")).checks.flatMap(
    ({ mismatches }) => mismatches,
  );
const ledger = () =>
  database()
    .$client.prepare("SELECT id, membership_id, amount, balance_after FROM ledger_entries")
    .raw()
    .all();
const ids = (query: string) =>
  database().$client.prepare(query).pluck().safeIntegers(false).all() as number[];
const organizationsByCode = (code: string) => getOrganization(everything, code)?.id ?? 0;
const codes = (id: number) =>
  membershipsOfMember(everything, { memberId: id, month: 202611, limit: 10 }).map(
    ({ organization }) => organization.code,
  );

let art: number;
beforeEach(async () => {
  art = (await makeSmallEnterprise()).organizations[1] ?? 0;
});

describe("a merge of two people", () => {
  it("unites memberships, figures and addresses, and leaves the ledger as it is", async () => {
    await aMember(art, { name: "Bo L.", email: "bo.li@example.edu" });
    value(await spend({ member: "bo@example.edu", credits: credits(2) }));
    value(await spend({ organization: "ART", member: "bo.li@example.edu", credits: credits(3) }));
    value(await addAlias({ member: DI, email: "bl@example.edu" }, operator));
    const before = ledger();
    expect(value(await merge(BO, "bo.li@example.edu"))).toEqual({ id: BO, name: "Bo Li", other: "Bo L." });
    expect(ledger()).toEqual(before);
    expect(codes(BO)).toEqual(["LAW", "ART"]);
    expect(getMember(everything, BO)).toMatchObject({
      memberships: 2,
      activeMemberships: 2,
      spent: credits(5),
    });
    expect(getMember(everything, DI)).toBeNull();
    expect(aliasesOf(database(), BO).map(({ email }) => email)).toEqual([
      "bl@example.edu",
      "bo.li@example.edu",
    ]);
    expect(listMembers(everything, membersSearchParams.defaults).total).toBe(2);
    expect(value(await spend({ organization: "ART", member: "bo.li@example.edu" })).member).toMatchObject({
      email: "bo@example.edu",
      spentThisMonth: credits(4),
    });
    const entries = database()
      .select()
      .from(auditEntries)
      .all()
      .filter(({ action }) => /merged|deleted/.test(action));
    expect(entries.map((entry) => [entry.action, entry.subjectId, entry.before, entry.after])).toEqual([
      [
        "member.merged",
        BO,
        null,
        '{"name":"Bo Li","email":"bo@example.edu","merged":"Bo L. (bo.li@example.edu)"}',
      ],
      ["member.deleted", DI, '{"name":"Bo L.","email":"bo.li@example.edu"}', null],
    ]);
    expect(faults()).toEqual([]);
  });

  it.each([
    ["the one who goes", "ana@example.edu"],
    ["the one who stays", "bo@example.edu"],
    ["neither", null],
  ])("in one organization keeps the membership that spent, of %s", async (_who, spender) => {
    if (spender) value(await spend({ member: spender, credits: credits(7) }));
    value(await merge(BO, "ana@example.edu"));
    expect(codes(BO).toSorted()).toEqual(["ART", "LAW"]);
    expect(getMember(everything, BO)).toMatchObject({ memberships: 2, spent: spender ? credits(7) : 0n });
    expect([
      getOrganization(everything, "LAW")?.members,
      getOrganization(everything, "ART")?.members,
    ]).toEqual([1, 1]);
    expect(faults()).toEqual([]);
  });

  describe("where both have spent in one organization", () => {
    const day = (n: number) => new Date(Date.UTC(2026, 10, n, 12));
    const law = (memberId: number) =>
      membershipsOfMember(everything, { memberId, month: 202611, limit: 10 }).filter(
        ({ organization }) => organization.code === "LAW",
      );

    beforeEach(async () => {
      await spent({ member: "ana@example.edu", credits: credits(2), occurredAt: day(1) });
      await spent({ member: "bo@example.edu", credits: credits(3), occurredAt: day(1) });
    });

    it("has one row of a month and an application in the summary", async () => {
      await spent({
        member: "bo@example.edu",
        application: "tutor",
        credits: credits(4),
        occurredAt: day(1),
      });
      await spent({ member: "ana@example.edu", credits: 400_000n, occurredAt: day(1) });
      await spent({ member: "bo@example.edu", credits: 400_000n, occurredAt: day(1) });
      value(await mergeMembers({ member: BO, email: "ana@example.edu" }, operator, day(2)));
      await spent({ member: "bo@example.edu", credits: credits(1), occurredAt: day(3) });
      const filter = transactionFilter(everything, transactionsSearchParams.defaults, 20_261_124);
      const [head, ...rows] = [...exportSpendingSummary(filter, { raw: true })]
        .join("")
        .trim()
        .split("\r\n")
        .map((line) => line.split(","));
      const of = (name: string) => head?.indexOf(name) ?? -1;
      const columns = ["month", "member", "application", "credits", "entries"].map(of);
      expect(rows.map((cells) => columns.map((column) => cells[column]))).toEqual([
        ["2026-11", "bo@example.edu", "essay-coach", "6.8", "5"],
        ["2026-11", "bo@example.edu", "tutor", "4", "1"],
      ]);
    });

    it("keeps the other's membership as an inactive row, and adds its month to the allowance", async () => {
      const before = ledger();
      value(await mergeMembers({ member: BO, email: "ana@example.edu" }, operator, day(2)));
      expect(ledger()).toEqual(before);
      expect(getMember(everything, BO)).toMatchObject({
        memberships: 3,
        activeMemberships: 2,
        spent: credits(5),
      });
      expect(
        law(BO).map(({ active, merged, spent, spentThisMonth }) => [active, merged, spent, spentThisMonth]),
      ).toEqual([
        [false, true, credits(2), credits(2)],
        [true, false, credits(3), credits(5)],
      ]);
      expect(faults()).toEqual([]);
    });

    it("answers usage of both addresses with one sum, and repeats as the first time", async () => {
      const first = { id: "before", member: "bo@example.edu", credits: credits(1), occurredAt: day(1) };
      expect((await spent(first)).member.spentThisMonth).toBe(credits(4));
      value(await mergeMembers({ member: BO, email: "ana@example.edu" }, operator, day(2)));
      const second = { id: "after", member: "ana@example.edu", credits: credits(4), occurredAt: day(3) };
      const answer = { email: "bo@example.edu", spentThisMonth: credits(10) };
      expect((await spent(second)).member).toMatchObject(answer);
      expect((await spent(second, day(4))).member).toMatchObject(answer);
      expect((await spent(first, day(4))).member.spentThisMonth).toBe(credits(4));
      const question = { organization: "LAW", member: "bo@example.edu", credits: null };
      const check = spendableBy(question, operator, { now: day(4) });
      expect(value(check).member.spentThisMonth).toBe(credits(10));
      const [entry = 0] = ids("SELECT id FROM ledger_entries WHERE external_id = 'after'");
      expect(getTransaction(everything, entry)?.monthSpentAfter).toBe(credits(10));
      expect(faults()).toEqual([]);
    });

    it("refuses what exceeds the allowance with both months added up", async () => {
      value(await mergeMembers({ member: BO, email: "ana@example.edu" }, operator, day(2)));
      const [, own] = law(BO);
      const input = {
        id: own?.id ?? 0,
        role: "viewer",
        allowance: "own",
        monthlyAllowance: credits(6),
      } as const;
      value(await updateMembership(input, operator));
      expect(
        await spend({ member: "bo@example.edu", credits: credits(2), occurredAt: day(3) }, day(3)),
      ).toMatchObject({ ok: false, code: "allowance_exceeded" });
      // Next month begins with nothing.
      const december = new Date("2026-12-01T12:00:00Z");
      await spent({ member: "bo@example.edu", credits: credits(6), occurredAt: december });
    });

    it("answers an attempt to add the person once more by the membership that counts", async () => {
      value(await mergeMembers({ member: BO, email: "ana@example.edu" }, operator, day(2)));
      const again = { organization: "LAW", name: "Bo", email: "ana@example.edu", role: "viewer" };
      const input = addMemberInput.parse({ ...again, allowance: "organization" });
      expect(await addMember(input, operator)).toMatchObject({
        code: "already_member",
        message: "Bo Li (bo@example.edu) is a member of LAW already.",
      });
    });

    it("lets no command and no file change the merged membership", async () => {
      value(await mergeMembers({ member: BO, email: "ana@example.edu" }, operator, day(2)));
      const [merged, own] = law(BO);
      const id = merged?.id ?? 0;
      expect(
        await updateMembership(
          { id, role: "admin", allowance: "unlimited", monthlyAllowance: null },
          operator,
        ),
      ).toMatchObject({ ok: false, code: "membership_merged" });
      expect(value(await changeMembershipsActive([id], true, operator))).toEqual({ changed: 0, batch: null });
      expect(await removeMembership({ id: own?.id ?? 0 }, operator)).toMatchObject({ ok: false });
      expect([...membershipIdPieces(everything, membersSearchParams.defaults)].flat()).not.toContain(id);
      expect(
        membershipIdsOf(everything, own?.organization.id ?? 0, membershipsSearchParams.defaults),
      ).toEqual([own?.id]);
      const file = Buffer.from("organization,email,role\nLAW,ana@example.edu,admin\n");
      expect(value(await importMembersFile(file, operator, { mode: "both" })).changed).toBe(1);
      expect(law(BO).map(({ merged, role }) => [merged, role])).toEqual([
        [true, merged?.role],
        [false, "admin"],
      ]);
      expect(faults()).toEqual([]);
    });

    it("counts both memberships as one person where the largest are listed, and in a file with figures", async () => {
      const october = new Date("2026-10-05T12:00:00Z");
      for (const member of ["ana@example.edu", "bo@example.edu"])
        await spent({ member, credits: credits(1), occurredAt: october }, october);
      for (const name of ["x", "y"]) {
        await aMember(organizationsByCode("LAW"), { name, email: `${name}@example.edu` });
        await spent({ member: `${name}@example.edu`, credits: credits(4), occurredAt: day(1) });
      }
      value(await mergeMembers({ member: BO, email: "ana@example.edu" }, operator, day(2)));
      const organizationId = organizationsByCode("LAW");
      const top = (limit: number) =>
        topMembers(everything, { organizationId, month: 202611, limit }).map(({ email, spent }) => [
          email,
          spent,
        ]);
      expect(top(1)).toEqual([["bo@example.edu", credits(5)]]);
      expect(top(9).slice(1).toSorted()).toEqual([
        ["x@example.edu", credits(4)],
        ["y@example.edu", credits(4)],
      ]);

      const view = { ...transactionsSearchParams.defaults, period: "all" as const };
      const filter = transactionFilter(everything, view, 20261105, {
        id: organizationId,
        code: "LAW",
        name: "Faculty of Law",
      });
      const parts = (await memberParts(filter, { granularity: "month", limit: 1 }))();
      expect(parts).toMatchObject({ parts: [{ key: String(BO) }], count: null });

      const pieces = membershipIdPieces(everything, membersSearchParams.defaults);
      const [head = "", ...rows] = [...exportMemberships(everything, pieces, { figures: true, now: day(3) })]
        .join("")
        .split("\r\n");
      const columns = head.replace("\uFEFF", "").split(",");
      const row = rows.find((line) => line.startsWith("LAW,Bo Li"))?.split(",") ?? [];
      expect(
        ["spent_this_month", "spent_last_month", "spent"].map((name) => row[columns.indexOf(name)]),
      ).toEqual(["5", "2", "7"]);
    });

    it("can be done again with a third address, and follows one step", async () => {
      await aMember(organizationsByCode("LAW"), { name: "B. Li", email: "b.li@example.edu" });
      await spent({ member: "b.li@example.edu", credits: credits(4), occurredAt: day(1) });
      value(await mergeMembers({ member: BO, email: "ana@example.edu" }, operator, day(2)));
      const third = 3;
      value(await mergeMembers({ member: third, email: "bo@example.edu" }, operator, day(3)));
      expect(
        law(third)
          .filter(({ merged }) => !merged)
          .map(({ spentThisMonth }) => spentThisMonth),
      ).toEqual([credits(9)]);
      expect(ids("SELECT count(DISTINCT merged_into_id) FROM memberships")).toEqual([1]);
      expect(ids("SELECT count(*) FROM audit_entries WHERE action = 'membership.merged'")).toEqual([3]);
      expect(faults()).toEqual([]);
    });

    it("counts toward the allowance after the clock was set back", async () => {
      value(await mergeMembers({ member: BO, email: "ana@example.edu" }, operator, day(6)));
      const question = { organization: "LAW", member: "bo@example.edu", credits: null };
      const check = spendableBy(question, operator, { now: day(4) });
      expect(value(check).member.spentThisMonth).toBe(credits(5));
      const event = { id: "back", member: "bo@example.edu", credits: credits(1), occurredAt: day(4) };
      expect((await spent(event, day(4))).member.spentThisMonth).toBe(credits(6));
      expect((await spent(event, day(5))).member.spentThisMonth).toBe(credits(6));
      expect(faults()).toEqual([]);
    });

    it("answers a repeat as the first time, after another merge and a reversal", async () => {
      await aMember(organizationsByCode("LAW"), { name: "B. Li", email: "b.li@example.edu" });
      await spent({ member: "b.li@example.edu", credits: credits(10), occurredAt: day(1) });
      value(await mergeMembers({ member: BO, email: "ana@example.edu" }, operator, day(2)));
      const event = { id: "between", member: "bo@example.edu", credits: credits(1), occurredAt: day(3) };
      expect((await spent(event, day(3))).member.spentThisMonth).toBe(credits(6));
      const [ofAna = 0] = ids("SELECT id FROM ledger_entries WHERE kind = 'spend' ORDER BY id LIMIT 1");
      value(await reverseEntry({ entry: ofAna, note: "twice", requestId: requestId() }, operator));
      const afterwards = { id: "late", member: "bo@example.edu", credits: credits(1), occurredAt: day(4) };
      expect((await spent(afterwards, day(4))).member.spentThisMonth).toBe(credits(5));
      value(await mergeMembers({ member: 3, email: "bo@example.edu" }, operator, day(5)));
      const repeats = [await spent(event, day(6)), await spent(afterwards, day(6))];
      expect(repeats.map(({ member }) => member.spentThisMonth)).toEqual([credits(6), credits(5)]);
      const last = { id: "last", member: "b.li@example.edu", credits: credits(1), occurredAt: day(6) };
      expect((await spent(last, day(6))).member.spentThisMonth).toBe(credits(16));
      expect((await spent(last, day(7))).member.spentThisMonth).toBe(credits(16));
      expect(faults()).toEqual([]);
    });

    describe("in the migration of a database that had only the time of the last merge", () => {
      /** Makes the database as it was, and migrates it. @returns how the migration reads entries */
      function migrateAgain(mergedAt: Date): unknown[] {
        const { $client: sqlite } = database();
        sqlite.exec(`DROP TABLE membership_merges; ALTER TABLE memberships ADD merged_at integer;
          UPDATE memberships SET merged_at = ${mergedAt.getTime()} WHERE merged_into_id IS NOT NULL`);
        const file = readFileSync("db/migrations/0043_membership_merges.sql", "utf8");
        return file.split("--> statement-breakpoint").flatMap((text) => {
          const steps = text.includes("INSERT")
            ? sqlite.prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${text}`).all()
            : [];
          sqlite.exec(text);
          return steps.map(({ detail }) => detail).filter((step) => /^(SEARCH|SCAN) e\b/.test(step));
        });
      }

      /** Each merge with the entries of its two memberships that are later. */
      const merges = () =>
        database()
          .$client.prepare(
            `SELECT membership_id, into_id, (SELECT json_group_array(id) FROM ledger_entries
              WHERE membership_id IN (m.membership_id, m.into_id) AND id > m.after_entry_id)
             FROM membership_merges m ORDER BY 1, 2`,
          )
          .raw()
          .all();

      it("is in the order of the ledger", async () => {
        await aMember(organizationsByCode("LAW"), { name: "B. Li", email: "b.li@example.edu" });
        await spent({ member: "b.li@example.edu", credits: credits(10), occurredAt: day(1) });
        value(await mergeMembers({ member: BO, email: "ana@example.edu" }, operator, day(2)));
        const event = { id: "between", member: "bo@example.edu", credits: credits(1), occurredAt: day(3) };
        await spent(event, day(3));
        value(await mergeMembers({ member: 3, email: "bo@example.edu" }, operator, day(5)));
        const last = { id: "last", member: "b.li@example.edu", credits: credits(1), occurredAt: day(6) };
        await spent(last);
        const before = merges();
        expect(before).toHaveLength(3);
        const steps = migrateAgain(day(5));
        expect(merges()).toEqual(before);
        expect((await spent(event, day(7))).member.spentThisMonth).toBe(credits(6));
        expect((await spent(last, day(7))).member.spentThisMonth).toBe(credits(17));
        expect(faults()).toEqual([]);
        expect(steps).toEqual(
          Array(4).fill("SEARCH e USING INDEX ledger_entries_membership (membership_id=?)"),
        );
      });

      it("is after the last spend, also where the clock was set back before the merge", async () => {
        await spent({ member: "ana@example.edu", credits: credits(1), occurredAt: day(1) }, day(6));
        value(await mergeMembers({ member: BO, email: "ana@example.edu" }, operator, day(2)));
        const event = { id: "after", member: "bo@example.edu", credits: credits(1), occurredAt: day(3) };
        expect((await spent(event)).member.spentThisMonth).toBe(credits(7));
        const before = merges();
        migrateAgain(day(2));
        expect(merges()).toEqual(before);
        expect((await spent(event, day(7))).member.spentThisMonth).toBe(credits(7));
        expect(faults()).toEqual([]);
      });

      it("is there also without an audit entry", async () => {
        value(await mergeMembers({ member: BO, email: "ana@example.edu" }, operator, day(2)));
        const before = merges();
        database().$client.exec(
          "DROP TRIGGER audit_entries_no_update; UPDATE audit_entries SET after = '' WHERE action = 'membership.merged'",
        );
        migrateAgain(day(2));
        expect(merges()).toEqual(before);
      });
    });

    it.each([
      [
        "DROP TRIGGER membership_merges_no_delete; DELETE FROM membership_merges",
        /is missing, but audit entry \d+/,
      ],
      [
        "DROP TRIGGER membership_merges_no_update; UPDATE membership_merges SET into_id = membership_id",
        /no audit entry shows this merge/,
      ],
      [
        "DROP TRIGGER membership_merges_no_update; UPDATE membership_merges SET after_entry_id = 0",
        /is before entry \d+, which the membership spent/,
      ],
    ])("is compared with the audit trail: %s", async (change, fault) => {
      value(await mergeMembers({ member: BO, email: "ana@example.edu" }, operator, day(2)));
      database().$client.exec(change);
      expect(JSON.stringify(faults())).toMatch(fault);
    });

    it.each(["UPDATE membership_merges SET after_entry_id = 0", "DELETE FROM membership_merges"])(
      "is append-only: %s",
      async (change) => {
        value(await mergeMembers({ member: BO, email: "ana@example.edu" }, operator, day(2)));
        expect(() => database().$client.exec(change)).toThrow("membership_merges is append-only");
      },
    );
  });

  it("is refused with oneself, with nobody, and to viewers", async () => {
    expect(await merge(BO, "bo@example.edu")).toMatchObject({
      message: "bo@example.edu is Bo Li already.",
    });
    expect(await merge(BO, "no@example.edu")).toMatchObject({
      message: "There is no member with the email no@example.edu.",
    });
    const viewer = await aPortalUser("viewer");
    await expect(mergeMembers({ member: BO, email: "ana@example.edu" }, viewer)).rejects.toThrow(
      ForbiddenError,
    );
  });
});
