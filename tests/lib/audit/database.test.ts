import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core";
import { beforeEach, describe, expect, it } from "vitest";
import { database, write } from "#db/client.ts";
import type { Actor } from "#lib/actor.ts";
import { createApiKey } from "#lib/api-keys/commands.ts";
import { actorOptions } from "#lib/audit/actor-options.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { AUDIT_EXPORT_COLUMNS, exportAudit } from "#lib/audit/export.ts";
import { auditFilter, leadsTo } from "#lib/audit/filter.ts";
import { AUDIT_PAGE_SIZE, listAudit, printedAudit } from "#lib/audit/list.ts";
import { placesStatements } from "#lib/audit/places.ts";
import { type AuditItem, chainEnd, changesOf } from "#lib/audit/queries.ts";
import { type AuditView, auditSearchParams } from "#lib/audit/search-params.ts";
import { parseCsv } from "#lib/csv.ts";
import { OLDEST } from "#lib/keyset.ts";
import { addMember, updateMember } from "#lib/members/commands/members.ts";
import { changeMembershipsActive } from "#lib/members/commands/memberships.ts";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { changeOwnPassword, redeemPortalUserLink } from "#lib/portal-users/commands/passwords.ts";
import { signInWithPassword } from "#lib/portal-users/commands/sign-in.ts";
import { aPortalUser, everything, operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();

const ZONE = "Asia/Singapore";
const HOUR = 3_600_000;
const ana: Actor = {
  kind: "portal_user",
  id: 7,
  email: "ana@example.edu",
  role: "admin",
  address: "203.0.113.9",
};

const view = (change: Partial<AuditView> = {}): AuditView => ({ ...auditSearchParams.defaults, ...change });
const OWNER = { id: 7, role: "owner", scope: everything } as const;
const list = (change: Partial<AuditView> = {}) =>
  listAudit(auditFilter(view(change), ZONE), view(change), OWNER);
const labels = (change: Partial<AuditView>) => list(change).items.map(({ subject }) => subject.label);

/** Changes of the organization `label`, one at each instant. */
function record(label: string, times: readonly string[], actor: Actor = operator): Promise<void> {
  return write((tx) => {
    for (const time of times) {
      recordAudit(
        tx,
        actor,
        [
          {
            action: "organization.updated",
            subject: { kind: "organization", id: 1, label },
            after: { name: time },
          },
        ],
        new Date(time),
      );
    }
  });
}

function everyPage(change: Partial<AuditView> = {}): AuditItem[] {
  const items: AuditItem[] = [];
  for (let page = list(change); ; page = list({ ...change, before: page.older })) {
    items.push(...page.items);
    if (!page.older) return items;
  }
}

describe("the audit's pages", () => {
  it("go from the newest to the oldest and back, each entry once, also where many share an instant", async () => {
    const at = Date.parse("2026-03-01T00:00:00Z");
    const total = AUDIT_PAGE_SIZE * 2 + 7;
    // Every fourth instant is shared by four, and the ids do not follow the time.
    const times = Array.from({ length: total }, (_, index) =>
      new Date(at + Math.floor(((index * 37) % total) / 4) * HOUR).toISOString(),
    );
    await record("LAW", times);
    const all = everyPage();
    expect(new Set(all.map(({ id }) => id)).size).toBe(total);
    const order = all.map(({ at, id }) => [at.getTime(), id] as const);
    expect(order).toEqual([...order].sort((a, b) => b[0] - a[0] || b[1] - a[1]));

    const back: number[] = [];
    for (let page = list({ after: OLDEST }); ; page = list({ after: page.newer })) {
      back.unshift(...page.items.map(({ id }) => id));
      if (!page.newer) break;
    }
    expect(new Set(back)).toEqual(new Set(all.map(({ id }) => id)));
    expect(list({ before: { at: 0, id: 1 } }).items.at(-1)?.id).toBe(all.at(-1)?.id);
  });

  it("are filtered by days of the enterprise's time zone, in either order", async () => {
    await record("LAW", [
      "2026-02-28T15:59:59Z",
      "2026-02-28T16:00:00Z",
      "2026-03-01T15:59:59Z",
      "2026-03-01T16:00:00Z",
    ]);
    const names = (change: Partial<AuditView>) => list(change).items.map(({ after }) => after.name);
    const day = ["2026-03-01T15:59:59Z", "2026-02-28T16:00:00Z"];
    expect(names({ from: 20_260_301, to: 20_260_301 })).toEqual(day);
    expect(names({ from: 20_260_302, to: 20_260_301 })).toEqual(["2026-03-01T16:00:00Z", ...day]);
    expect(names({ to: 20_260_228 })).toEqual(["2026-02-28T15:59:59Z"]);
  });

  it("are filtered by who, what and which; a name finds the thing and its memberships", async () => {
    const { organizations } = await makeSmallEnterprise();
    const admin = await aPortalUser("admin");
    await changeOrganizationsActive([organizations[1] ?? 0], false, admin);
    expect(labels({ actor: { kind: "portal_user", id: admin.id } })).toEqual(["ART"]);
    expect(labels({ actor: { kind: "portal_user", id: 8 } })).toEqual([]);
    expect(labels({ actor: { kind: "system", id: null } })).toEqual([]);
    expect(labels({ action: "organization.deactivated" })).toEqual(["ART"]);
    expect(labels({ action: "organization.created", actor: { kind: "operator", id: null } })).toEqual([
      "ART",
      "LAW",
    ]);
    expect(labels({ action: "organization.created", actor: { kind: "portal_user", id: admin.id } })).toEqual(
      [],
    );
    expect(labels({ kind: "credit_type" })).toEqual(["JPY Credits", "JPY Credits"]);
    expect(labels({ q: "art", kind: "organization", action: "organization.created" })).toEqual(["ART"]);
    expect(labels({ q: "ANA@example.edu" })).toEqual(["ana@example.edu in ART", "ana@example.edu in LAW"]);
    expect(labels({ q: "ana" })).toEqual([]);
    expect(labels({ q: "%" })).toEqual([]);
  });

  it("of several things are the latest first, and of one instant the one that was written last", async () => {
    const subject = (id: number) => ({ kind: "organization" as const, id, label: `O${id}` });
    const rename = (id: number, name: string, time: string) =>
      write((tx) =>
        recordAudit(
          tx,
          operator,
          [{ action: "organization.updated", subject: subject(id), after: { name } }],
          new Date(time),
        ),
      );
    await rename(1, "first", "2026-03-01T00:00:00Z");
    await rename(2, "second", "2026-03-02T00:00:00Z");
    await rename(1, "third", "2026-03-03T00:00:00Z");
    await rename(2, "fourth", "2026-03-03T00:00:00Z");
    const latest = (limit: number) =>
      changesOf({ kind: "organization", id: [1, 2] }, limit, OWNER).map(({ after }) => after.name);
    expect(latest(9)).toEqual(["fourth", "third", "second", "first"]);
    expect(latest(3)).toEqual(["fourth", "third", "second"]);
  });

  it("are printed from the newest on, with how many there are", async () => {
    await record("LAW", ["2026-03-01T00:00:00Z", "2026-03-03T00:00:00Z", "2026-03-02T00:00:00Z"]);
    const { items, ...counted } = printedAudit(auditFilter(view({ to: 20_260_302 }), ZONE), OWNER);
    expect(items.map(({ after }) => after.name)).toEqual(["2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z"]);
    expect(counted).toEqual({ total: 2, more: false });
  });

  it("lead to the organization by the code that it has now", async () => {
    const { organizations } = await makeSmallEnterprise();
    database().$client.exec("UPDATE organizations SET code = 'LAWS' WHERE code = 'LAW'");
    const [latest] = changesOf({ kind: "organization", id: organizations[0] ?? 0 }, 1, OWNER);
    expect(latest?.subject).toMatchObject({ label: "LAW", name: "Faculty of Law", organization: "LAWS" });
    const added = list({ q: "bo@example.edu in LAW" }).items[0];
    expect(added?.subject).toMatchObject({ kind: "membership", organization: "LAWS" });
  });
});

describe("the audit's statements", () => {
  it.each<[string[], Partial<AuditView>]>([
    [["audit_entries_at"], {}],
    [["audit_entries_at"], { from: 20_260_301, to: 20_260_331 }],
    [["audit_entries_action"], { action: "organization.created", from: 20_260_301 }],
    [["audit_entries_actor"], { actor: { kind: "portal_user", id: 7 } }],
    [["audit_entries_actor"], { actor: { kind: "operator", id: null } }],
    [["audit_entries_actor"], { actor: { kind: "portal_user", id: 99 }, action: "organization.created" }],
    [["audit_entries_subject_kind"], { kind: "organization", to: 20_260_331 }],
    [["audit_entries_subject_label", "audit_entries_subject_label"], { q: "LAW", kind: "organization" }],
  ])("of a page go through %j alone with %j", async (indexes, change) => {
    await makeSmallEnterprise();
    const filter = auditFilter(view(change), ZONE);
    const leads = leadsTo(filter);
    expect(leads.map(({ index }) => index)).toEqual(indexes);
    for (const from of [null, { at: 1_790_000_000_000, id: 77 }]) {
      for (const direction of ["older", "newer"] as const) {
        for (const [place, lead] of leads.entries()) {
          const walk = { from, direction, limit: 51, upToId: 9_999 };
          for (const statement of placesStatements(filter, lead, walk)) {
            const { sql, params } = new SQLiteSyncDialect().sqlToQuery(statement);
            const plan = database()
              .$client.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
              .all(...params)
              .map(({ detail }) => detail);
            expect(plan[0]).toMatch(
              new RegExp(`^(SEARCH|SCAN) audit_entries USING (COVERING )?INDEX ${lead.index}( |$)`),
            );
            // Only one person's few memberships are put in order; everything else is read in it.
            expect(
              plan.slice(1).filter((step) => place === 0 || !step.startsWith("USE TEMP B-TREE")),
            ).toEqual([]);
            expect(sql).toMatch(/ LIMIT \?$/);
          }
        }
      }
    }
  });
});

describe("the audit as CSV", () => {
  it("contains the whole view without entries written during the export, and neutralises formulas", async () => {
    await record(
      "=1+1",
      Array.from({ length: 1_203 }, (_, index) => new Date(index * HOUR).toISOString()),
      ana,
    );
    const pieces = exportAudit(auditFilter(view({ actor: { kind: "portal_user", id: 7 } }), ZONE), OWNER);
    let csv = String(pieces.next().value);
    await record("later", ["2020-01-01T00:00:00Z"], ana);
    for (const piece of pieces) csv += piece;
    const parsed = parseCsv(new TextEncoder().encode(csv));
    if (!parsed.ok) throw new Error(parsed.fault.message);
    const [head, newest, ...others] = parsed.records.map(({ cells }) => cells);
    expect(head).toEqual(AUDIT_EXPORT_COLUMNS);
    expect(others).toHaveLength(1_202);
    expect(csv).toContain(`'=1+1`);
    expect(csv).not.toContain("later");
    expect(newest?.slice(2, 6)).toEqual([
      "portal_user",
      "ana@example.edu",
      "203.0.113.9",
      "organization.updated",
    ]);
    expect(JSON.parse(newest?.[9] ?? "")).toEqual({ name: new Date(1_202 * HOUR).toISOString() });
  });

  it("leaves empty what an entry of the command line does not have", async () => {
    await record("LAW", ["2026-03-01T00:00:00Z"]);
    const parsed = parseCsv(Buffer.from([...exportAudit(auditFilter(view(), ZONE), OWNER)].join("")));
    expect(parsed.ok && parsed.records[1]?.cells.slice(0, 10)).toEqual([
      "1",
      "2026-03-01T00:00:00.000Z",
      "operator",
      "operator",
      "",
      "organization.updated",
      "organization",
      "LAW",
      "",
      '{"name":"2026-03-01T00:00:00Z"}',
    ]);
  });

  it("gives each entry its own hash, and the newest that of the chain's end", async () => {
    await record("LAW", ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"]);
    const stored = database()
      .$client.prepare("SELECT hash FROM audit_entries ORDER BY id DESC")
      .pluck()
      .all();
    const parsed = parseCsv(Buffer.from([...exportAudit(auditFilter(view(), ZONE), OWNER)].join("")));
    const hashes = parsed.ok ? parsed.records.slice(1).map(({ cells }) => cells[10]) : [];
    expect(hashes).toEqual(stored);
    expect(new Set(hashes).size).toBe(2);
    expect(hashes[0]).toBe(chainEnd(OWNER)?.hash);
  });
});

describe("a reader", () => {
  const at = new Date("2026-11-25T10:00:00Z");
  beforeEach(() =>
    write((tx) => {
      recordAudit(
        tx,
        ana,
        [
          { action: "session.started", subject: { kind: "portal_user", id: 7, label: "ana@example.edu" } },
          {
            action: "portal_user.sign_in_delayed",
            subject: { kind: "portal_user", id: 7, label: "ana@example.edu" },
            after: { failures: 5, address: "198.51.100.4" },
          },
        ],
        at,
      );
    }),
  );

  it.each(["owner", "admin"] as const)("who is %s sees from where people signed in", (role) => {
    const { items } = listAudit(auditFilter(view(), ZONE), view(), { ...OWNER, role });
    expect(items.map((item) => [item.address, item.after.address])).toEqual([
      ["203.0.113.9", "198.51.100.4"],
      ["203.0.113.9", undefined],
    ]);
    const csv = [...exportAudit(auditFilter(view(), ZONE), { ...OWNER, role })].join("");
    expect(csv).toContain("203.0.113.9");
    expect(csv).toContain("198.51.100.4");
  });

  it("who is a viewer sees each event without the address, on pages and in the export", () => {
    const reader = { ...OWNER, role: "viewer" } as const;
    const { items } = listAudit(auditFilter(view(), ZONE), view(), reader);
    expect(items.map((item) => [item.action, item.address, item.after])).toEqual([
      ["portal_user.sign_in_delayed", null, { failures: 5 }],
      ["session.started", null, {}],
    ]);
    const [change] = changesOf({ kind: "portal_user", id: 7 }, 1, reader);
    expect(change).toMatchObject({ address: null, after: { failures: 5 } });
    const csv = [...exportAudit(auditFilter(view(), ZONE), reader)].join("");
    expect(csv).not.toMatch(/203\.0\.113|198\.51\.100/);
    // Nor the hash, by which every address could be tried.
    const parsed = parseCsv(Buffer.from(csv));
    expect(parsed.ok && parsed.records.slice(1).map(({ cells }) => [cells[4], cells[9], cells[10]])).toEqual([
      ["", '{"failures":5}', ""],
      ["", "", ""],
    ]);
  });
});

describe("what the audit keeps", () => {
  it("is the client's address for what a portal user does, and never a secret", async () => {
    await makeSmallEnterprise();
    const secrets = ["correct horse battery staple", "another long password", "a third long password"];
    const [first = "", second = "", third = ""] = secrets;
    const owner = { ...(await aPortalUser("owner")), address: "203.0.113.9" };
    const { id } = value(
      await createPortalUser({ email: "kim@example.edu", role: "admin", password: first }, operator),
    );
    const session = value(await signInWithPassword("kim@example.edu", first, "203.0.113.10"));
    const kim = {
      kind: "portal_user" as const,
      id,
      email: "kim@example.edu",
      role: "admin" as const,
      address: "203.0.113.11",
    };
    value(await changeOwnPassword({ currentPassword: first, newPassword: second }, kim));
    const invited = value(await createPortalUser({ email: "lee@example.edu", role: "viewer" }, owner));
    const token = invited.link?.split("/").at(-1) ?? "";
    value(await redeemPortalUserLink({ token, password: third }, "203.0.113.12"));
    const added = value(
      await addMember(
        {
          organization: "LAW",
          name: "Cy",
          email: "cy@example.edu",
          role: "creator",
          allowance: "organization",
          monthlyAllowance: null,
        },
        kim,
      ),
    );
    value(await changeMembershipsActive([added.id], false, kim));
    value(await updateMember({ id: added.memberId, name: "Cyd", email: "cy@example.edu" }, kim));

    const byPeople = everyPage().filter(({ actorKind }) => actorKind === "portal_user");
    expect(new Set(byPeople.map(({ address }) => address))).toEqual(
      new Set(["203.0.113.9", "203.0.113.10", "203.0.113.11", "203.0.113.12"]),
    );
    expect(JSON.stringify(everyPage())).toContain("Cyd");
    const hashes = database()
      .$client.prepare("SELECT password_hash FROM portal_users WHERE password_hash IS NOT NULL")
      .pluck()
      .all();
    const texts = JSON.stringify(
      database().$client.prepare("SELECT * FROM audit_entries").safeIntegers(false).all(),
    );
    for (const secret of [...secrets, token, session, ...hashes]) {
      expect(String(secret).length).toBeGreaterThan(10);
      expect(texts).not.toContain(secret);
    }
    expect(actorOptions(OWNER).map(({ label }) => label)).toEqual([
      "kim@example.edu",
      "lee@example.edu",
      "owner@example.edu",
    ]);
  });

  it("is the client's address for what an API key does, under the key's name", async () => {
    const key: Actor = {
      kind: "api_key",
      id: 3,
      name: "Tutor",
      organizationId: 1,
      address: "198.51.100.7",
    };
    await record("LAW", ["2026-03-01T00:00:00Z"], key);
    expect(everyPage()).toMatchObject([
      { actorKind: "api_key", actorId: 3, actorLabel: "Tutor", address: "198.51.100.7" },
    ]);
  });

  it("offers API keys as such among those to choose from", async () => {
    await makeSmallEnterprise();
    value(
      await createPortalUser(
        { email: "kim@example.edu", role: "owner", password: "a long password" },
        operator,
      ),
    );
    const owner: Actor = { ...ana, id: 1, role: "owner" };
    value(await createApiKey({ name: "Tutor", organization: 1, expires: null, requestId: undefined }, owner));
    expect(actorOptions(OWNER)).toEqual([
      { actor: { kind: "portal_user", id: 1 }, label: "kim@example.edu" },
      { actor: { kind: "api_key", id: 1 }, label: "API key Tutor" },
    ]);
  });

  it("ends in a chain whose last hash is shown to those who may see addresses", async () => {
    await record("LAW", ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"]);
    const hash = database().$client.prepare("SELECT hash FROM audit_entries WHERE id = 2").pluck().get();
    expect(chainEnd(OWNER)).toEqual({ entries: 2, hash });
    expect(chainEnd({ ...OWNER, role: "admin" })).toEqual({ entries: 2, hash });
    expect(chainEnd({ ...OWNER, role: "viewer" })).toEqual({ entries: 2, hash: null });
  });
});
