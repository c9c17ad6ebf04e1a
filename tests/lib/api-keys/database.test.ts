import { spawn } from "node:child_process";
import { createHash, hash } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { beforeEach, describe, expect, it, test } from "vitest";
import { DatabaseBusyError, database } from "#db/client.ts";
import { apiKeys, auditEntries } from "#db/schema/index.ts";
import { ForbiddenError, OutsideScopeError } from "#lib/actor.ts";
import { authenticate } from "#lib/api-keys/authentication.ts";
import { createApiKey, revokeApiKey } from "#lib/api-keys/commands.ts";
import { type ApiKeyOwner, everyApiKey, getApiKey, listApiKeys } from "#lib/api-keys/queries.ts";
import { createApiKeyInput, SHOWN_CHARACTERS } from "#lib/api-keys/rules.ts";
import { apiKeysHref, apiKeysSearchParams } from "#lib/api-keys/search-params.ts";
import { saveUses } from "#lib/last-uses/queue.ts";
import { updateSettings } from "#lib/settings/commands.ts";
import { aGrant, aPortalUser, everything, operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";

useFreshDatabase();

const NOW = new Date("2026-11-24T12:00:30Z");
const later = (ms: number) => new Date(NOW.getTime() + ms);

let law: number;
let art: number;
beforeEach(async () => {
  [law = 0, art = 0] = (await makeSmallEnterprise()).organizations;
});

const create = async (organization: number | null, expires: number | null = null) =>
  value(await createApiKey({ organization, name: "essay-coach", expires }, operator, NOW));
const ask = (header: string | null, now = NOW) => authenticate(header, { address: "10.0.0.7", now });
const askWith = (key: string, now = NOW) => ask(`Bearer ${key}`, now);

describe("a key", () => {
  it("is random, and only its hash and first characters are kept", async () => {
    const createdKey = await create(law);
    expect(createdKey.key).toMatch(/^bur_[A-Za-z0-9_-]{43}$/);
    expect((await create(law)).key).not.toBe(createdKey.key);
    expect(createdKey.key.startsWith(createdKey.prefix)).toBe(true);
    expect(createdKey.organization).toEqual({ id: law, code: "LAW" });
    const stored = JSON.stringify([
      database().select().from(apiKeys).all(),
      database().select().from(auditEntries).all(),
    ]);
    expect(stored).toContain(createdKey.prefix);
    expect(stored).not.toContain(createdKey.key.slice(createdKey.prefix.length));
  });

  it("is made once by a form, however often it is sent; the same id of somebody else makes another", async () => {
    const input = { organization: law, name: "essay-coach", expires: null, requestId: "id-of-a-form" };
    const createdKey = value(await createApiKey(input, operator, NOW));
    expect(createdKey.key).toMatch(/^bur_[A-Za-z0-9_-]{43}$/);
    const again = await createApiKey({ ...input, name: "another" }, operator, NOW);
    expect(again).toMatchObject({ ok: false, code: "key_made_before", field: "requestId" });
    expect(JSON.stringify(again)).toContain(`essay-coach (${createdKey.prefix}…)`);
    expect(JSON.stringify(again)).not.toContain(createdKey.key.slice(createdKey.prefix.length));
    const ana = await aPortalUser("admin");
    const theirs = value(await createApiKey(input, ana, NOW));
    expect(theirs.prefix).not.toBe(createdKey.prefix);
    const other = value(await createApiKey({ ...input, requestId: "id-of-another" }, operator, NOW));
    const keys = [createdKey, theirs, other].map(({ key }) => key.slice(SHOWN_CHARACTERS));
    expect(new Set(keys).size).toBe(3);
    expect(database().select().from(apiKeys).all()).toHaveLength(3);
  });

  it("of a form has only its first characters derived from the form's id", async () => {
    const input = { organization: law, name: "x", expires: null, requestId: "id-of-a-form" };
    const { key } = value(await createApiKey(input, operator, NOW));
    const ana = await aPortalUser("admin");
    const hers = value(await createApiKey(input, ana, NOW)).key;
    const derived = (sender: number) =>
      createHash("sha256").update(`${sender} id-of-a-form`).digest("base64url");
    expect(key.slice(0, 12)).toBe(`bur_${derived(0).slice(0, 8)}`);
    expect(hers.slice(0, 12)).toBe(`bur_${derived(ana.id).slice(0, 8)}`);
    expect(key.slice(12, 20)).not.toBe(derived(0).slice(8, 16));
    expect(hers.slice(12, 20)).not.toBe(derived(ana.id).slice(8, 16));
  });

  it("speaks for its organization, or for all", async () => {
    const [ofLaw, ofAll] = [await create(law), await create(null)];
    expect(askWith(ofLaw.key)).toEqual({
      ok: true,
      value: {
        kind: "api_key",
        id: ofLaw.id,
        name: "essay-coach",
        organizationId: law,
        address: "10.0.0.7",
      },
    });
    expect(askWith(ofAll.key)).toMatchObject({ ok: true, value: { organizationId: null } });
    expect(ask(`bearer  ${ofAll.key} `)).toMatchObject({ ok: true });
  });

  it("is refused from the next request on once it is revoked", async () => {
    const { id, key } = await create(law);
    expect(askWith(key)).toMatchObject({ ok: true });
    value(await revokeApiKey({ id }, operator, NOW));
    expect(askWith(key)).toMatchObject({ code: "unauthorized", message: "This API key was revoked." });
    value(await revokeApiKey({ id }, operator, later(9)));
    expect(getApiKey(everything, id)).toMatchObject({ status: "revoked", revokedAt: NOW });
    expect(await revokeApiKey({ id: 99 }, operator)).toMatchObject({ code: "api_key_not_found" });
  });

  it("works to the end of its last day in the enterprise's time zone", async () => {
    value(
      await updateSettings(
        { enterpriseName: "E", timeZone: "America/New_York", dateFormat: "YYYY-MM-DD" },
        operator,
      ),
    );
    const { id, key } = await create(law, 20261231);
    const end = new Date("2027-01-01T05:00:00Z");
    expect(getApiKey(everything, id)?.expiresAt).toEqual(end);
    expect(askWith(key, new Date(end.getTime() - 1))).toMatchObject({ ok: true });
    expect(askWith(key, end)).toMatchObject({ code: "unauthorized", message: "This API key has expired." });
    expect(
      await createApiKey({ organization: law, name: "x", expires: 20261123 }, operator, NOW),
    ).toMatchObject({ ok: false, field: "expires" });
    expect(await createApiKey({ organization: 99, name: "x", expires: null }, operator)).toMatchObject({
      code: "organization_not_found",
      message: "This organization does not exist.",
      field: "organization",
    });
  });

  it("keeps the minute of its last use, in one write a minute", async () => {
    const { id, key } = await create(law);
    const lastUse = async () => {
      await saveUses();
      return getApiKey(everything, id)?.lastUsedAt?.toISOString();
    };
    expect(await lastUse()).toBeUndefined();
    askWith(key);
    expect(await lastUse()).toBe("2026-11-24T12:00:00.000Z");
    const changes = () => database().$client.prepare("SELECT total_changes()").pluck().get();
    const before = changes();
    for (let ms = 1; ms < 29_000; ms += 1000) askWith(key, later(ms));
    await saveUses();
    expect(changes()).toBe(before);
    askWith(key, later(30_000));
    expect(await lastUse()).toBe("2026-11-24T12:01:00.000Z");
  });

  it("keeps the uses of many keys for one write, while another process holds the lock", async () => {
    const keys = [await create(law), await create(art), await create(null)];
    const holder = spawn(process.execPath, ["tests/support/hold-database.ts", "600000"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let writes = 0;
    const count = () => {
      writes += 1;
    };
    subscribe("bursar.write", count);
    try {
      await once(holder.stdout, "data");
      for (const { key } of keys) {
        for (let n = 0; n < 20; n += 1) expect(askWith(key, later(n * 10_000))).toMatchObject({ ok: true });
      }
      await expect(saveUses()).rejects.toThrow(DatabaseBusyError);
    } finally {
      holder.kill("SIGKILL");
      await once(holder, "exit");
    }
    await saveUses();
    unsubscribe("bursar.write", count);
    expect(writes).toBe(1);
    expect(keys.map(({ id }) => getApiKey(everything, id)?.lastUsedAt?.toISOString())).toEqual(
      keys.map(() => "2026-11-24T12:03:00.000Z"),
    );
  });

  it("keeps the minute of its last use by the clock as it is, also after it was ahead", async () => {
    const { id, key } = await create(law);
    askWith(key, new Date("2031-01-01T00:00:00Z"));
    await saveUses();
    askWith(key);
    await saveUses();
    expect(getApiKey(everything, id)?.lastUsedAt?.toISOString()).toBe("2026-11-24T12:00:00.000Z");
  });
});

describe("what is no key", () => {
  test.each([
    null,
    "",
    "Bearer",
    "Bearer ",
    "Basic YTpi",
    "bur_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "Bearer bur_short",
    `Bearer bur_${"A".repeat(43)}`,
    `Bearer bur_${"A".repeat(43)}\u0000`,
    `Bearer bur_${"é".repeat(43)}`,
    `Bearer ${"A".repeat(1_000_000)}`,
    `Bearer bur_${"A".repeat(43)}, Bearer bur_${"A".repeat(43)}`,
  ])("%#", (header) => {
    expect(ask(header)).toMatchObject({ ok: false, code: "unauthorized" });
  });

  test.each([
    ["Bearer bur_short", "This is not an API key of the portal."],
    [`Bearer bur_${"A".repeat(43)}`, "There is no such API key."],
    [`xBearer bur_${"A".repeat(43)}`, "This is not an API key of the portal."],
    [`Bearer bur_${"A".repeat(43)} x`, "This is not an API key of the portal."],
  ])("%j is told: %s", (header, message) => {
    expect(ask(header)).toMatchObject({ message });
  });

  test("another case, one character more or fewer, or another one", async () => {
    const { key } = await create(null);
    const swapped = key.replace(/[a-z](?=[^a-z]*$)/, (letter) => letter.toUpperCase());
    expect(swapped).not.toBe(key);
    for (const wrong of [swapped, `${key}A`, key.slice(0, -1), `BUR_${key.slice(4)}`]) {
      expect(askWith(wrong)).toMatchObject({ ok: false });
    }
  });
});

describe("lists", () => {
  it("shows an organization's, the enterprise's or all, newest first, in pages", async () => {
    const keys = [await create(law), await create(null), await create(art), await create(law)];
    const newest = { before: null, after: null };
    const ids = (owner: ApiKeyOwner) => listApiKeys(everything, owner, newest).items.map(({ id }) => id);
    const [a, b, c, d] = keys.map(({ id }) => id);
    expect(ids(law)).toEqual([d, a]);
    expect(ids("enterprise")).toEqual([b]);
    expect(ids("all")).toEqual([d, c, b, a]);
    expect(listApiKeys(everything, art, newest).items).toMatchObject([
      { name: "essay-coach", organization: { code: "ART" }, status: "active", lastUsedAt: null },
    ]);
    for (let more = 0; more < 50; more += 1) await create(law);
    const first = listApiKeys(everything, law, newest);
    expect(first.items).toHaveLength(50);
    expect(first.newer).toBeNull();
    const second = listApiKeys(everything, law, { before: first.older, after: null });
    expect(second).toMatchObject({ items: [{ id: d }, { id: a }], older: null });
    expect(listApiKeys(everything, law, { before: null, after: second.newer })).toEqual(first);
    expect([...everyApiKey(everything, law)]).toEqual([...first.items, ...second.items]);
  });

  test.each([
    ["organization_id = 1 AND k.id < 9", /USING INDEX api_keys_organization/],
    ["organization_id IS NULL", /USING INDEX api_keys_organization/],
    ["key_hash = 'x'", /USING INDEX api_keys_key_hash/],
  ])("%s is found by an index", (where, plan) => {
    const details = database()
      .$client.prepare<unknown[], { detail: string }>(
        `EXPLAIN QUERY PLAN SELECT * FROM api_keys k WHERE ${where} ORDER BY k.id DESC LIMIT 51`,
      )
      .all()
      .map((row) => row.detail)
      .join("; ");
    expect(details).toMatch(plan);
    expect(details).not.toMatch(/SCAN|TEMP B-TREE/);
  });
});

describe("who may", () => {
  it("lets admins, and neither viewers nor applications", async () => {
    const admin = { ...(await aPortalUser("admin")), address: "10.0.0.9" };
    const viewer = await aPortalUser("viewer");
    const input = { organization: law, name: "x", expires: null };
    const createdKey = value(await createApiKey(input, admin));
    const application = value(askWith(createdKey.key, new Date()));
    for (const actor of [viewer, application]) {
      await expect(createApiKey(input, actor)).rejects.toThrow(ForbiddenError);
      await expect(revokeApiKey({ id: createdKey.id }, actor)).rejects.toThrow(ForbiddenError);
    }
    value(await revokeApiKey({ id: createdKey.id }, admin));
    const audited = database().select().from(auditEntries).all().slice(-2);
    expect(audited).toMatchObject([
      { action: "api_key.created", actorLabel: "admin@example.edu", address: "10.0.0.9" },
      { action: "api_key.revoked", subjectKind: "api_key", subjectId: createdKey.id, subjectLabel: "x" },
    ]);
    expect(JSON.parse(audited[0]?.after ?? "")).toEqual({
      name: "x",
      keyPrefix: createdKey.prefix,
      keyFingerprint: hash("sha256", hash("sha256", createdKey.key)).slice(0, 16),
      organization: "LAW",
      expires: null,
    });
  });
});

describe("an admin of one organization", () => {
  const adminOf = async (organization: number) => {
    const user = await aPortalUser(null, "law.admin@example.edu");
    await aGrant(user, "admin", { organizationId: organization });
    return user;
  };
  const input = (organization: number | null) => ({ organization, name: "x", expires: null });

  it("creates and revokes the organization's keys, and no others", async () => {
    const admin = await adminOf(law);
    const own = value(await createApiKey(input(law), admin));
    value(await revokeApiKey({ id: own.id }, admin));
    const [ofArt, ofAll] = [await create(art), await create(null)];
    await expect(createApiKey(input(null), admin)).rejects.toThrow(ForbiddenError);
    await expect(createApiKey(input(art), admin)).rejects.toThrow(OutsideScopeError);
    for (const { id } of [ofArt, ofAll]) {
      expect(await revokeApiKey({ id }, admin)).toEqual({
        ok: false,
        code: "api_key_not_found",
        message: "This key does not exist.",
      });
    }
    expect([ofArt, ofAll].map(({ id }) => getApiKey(everything, id)?.status)).toEqual(["active", "active"]);
  });

  it("revokes no key of the enterprise as its viewer", async () => {
    const viewer = await aPortalUser("viewer");
    await aGrant(viewer, "admin", { organizationId: law });
    const { id } = await create(null);
    await expect(revokeApiKey({ id }, viewer)).rejects.toThrow(ForbiddenError);
    await expect(createApiKey(input(null), viewer)).rejects.toThrow(ForbiddenError);
    value(await revokeApiKey({ id: (await create(law)).id }, viewer));
  });
});

it("is revoked with an audit entry, and the answer names it", async () => {
  const { id, prefix } = await create(law);
  expect(await revokeApiKey({ id }, operator, NOW)).toEqual({
    ok: true,
    value: { name: "essay-coach", prefix },
  });
  expect(await revokeApiKey({ id }, operator, later(9))).toEqual({
    ok: true,
    value: { name: "essay-coach", prefix },
  });
  const entry = database().select().from(auditEntries).all().at(-1);
  expect([entry?.before, entry?.after].map((text) => JSON.parse(text ?? "null"))).toEqual([
    { status: "active" },
    { keyPrefix: prefix, status: "revoked" },
  ]);
});

it("ends today or later", async () => {
  const expires = (day: number) =>
    createApiKey({ organization: law, name: "x", expires: day }, operator, NOW);
  expect(await expires(20_261_123)).toEqual({
    ok: false,
    code: "expires_in_past",
    message: "Enter today or a later date.",
    field: "expires",
  });
  expect(await expires(20_261_124)).toMatchObject({ ok: true });
  const midnight = new Date("2026-11-24T00:00:00Z");
  expect(
    await createApiKey({ organization: law, name: "x", expires: 20_261_123 }, operator, midnight),
  ).toMatchObject({ code: "expires_in_past" });
});

test.each([
  [{}, "/api-keys"],
  [{ scope: "enterprise" as const }, "/api-keys?scope=enterprise"],
])("a view of the keys has an address: %j", (change, href) => {
  expect(apiKeysHref(apiKeysSearchParams.defaults, change)).toBe(href);
  expect(apiKeysSearchParams.decode({ scope: "x" })).toEqual({ scope: "all", before: null, after: null });
});

describe("the form's input", () => {
  const parse = (change: Record<string, string>) =>
    createApiKeyInput.safeParse({ organization: "7", name: " Essay  coach ", expires: "", ...change });

  it("reads what a form sends", () => {
    expect(parse({}).data).toEqual({ organization: 7, name: "Essay coach", expires: null });
    expect(parse({ organization: "" }).data?.organization).toBeNull();
    expect(parse({ expires: "2028-02-29" }).data?.expires).toBe(20280229);
  });

  test.each([
    ["name", " "],
    ["name", "x".repeat(101)],
    ["name", "a\u202eb"],
    ["organization", "0"],
    ["organization", "LAW"],
    ["expires", "2027-02-29"],
    ["expires", "tomorrow"],
  ])("%s %j is an error there", (field, text) => {
    expect(parse({ [field]: text }).error?.issues[0]?.path).toEqual([field]);
  });

  it("explains how to write a date", () => {
    expect(parse({ expires: "tomorrow" }).error?.issues.map(({ message }) => message)).toEqual([
      "Enter a date such as 2027-01-31.",
    ]);
  });
});
