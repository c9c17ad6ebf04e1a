import { expect, test } from "vitest";
import { auditHash, fingerprint, GENESIS_HASH } from "#lib/audit/commands.ts";
import { changesBetween, organizationOfSubject } from "#lib/audit/rules.ts";
import { auditHref, auditSearchParams } from "#lib/audit/search-params.ts";

test("an entry has of what is secret the first 16 digits of its SHA-256", () => {
  expect(fingerprint("abc")).toBe("ba7816bf8f01cfea");
  expect(fingerprint(null)).toBeNull();
});

test("the hash of an entry covers each of its fields", () => {
  const row = {
    ...{ id: 1, at: new Date("2026-11-24T10:00:00Z"), actorKind: "portal_user" as const, actorId: 7 },
    ...{ actorLabel: "ana@example.edu", address: "192.0.2.7", action: "organization.created" },
    ...{ subjectKind: "organization", subjectId: 3, subjectLabel: "LAW", before: null, after: "{}" },
    previousHash: GENESIS_HASH,
  };
  const changes: Partial<typeof row>[] = [
    { id: 2 },
    { at: new Date("2026-11-24T10:00:01Z") },
    { actorId: 8 },
    { actorLabel: "bo@example.edu" },
    { address: "192.0.2.8" },
    { action: "organization.updated" },
    { subjectKind: "member" },
    { subjectId: 4 },
    { subjectLabel: "ART" },
    { after: '{"a":1}' },
    { previousHash: "1".repeat(64) },
  ];
  const hashes = [{}, ...changes].map((change) => auditHash({ ...row, ...change }));
  expect(new Set(hashes).size).toBe(12);
  expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
});

test.each([
  [{ kind: "organization", id: 3, label: "LAW" } as const, 3],
  [{ kind: "membership", id: 9, label: "ana", organizationId: 3 } as const, 3],
  [{ kind: "api_key", id: 9, label: "key", organizationId: null } as const, null],
  [{ kind: "alert", id: 9, label: "low", organizationId: 3 } as const, 3],
  [{ kind: "member", id: 9, label: "ana" } as const, null],
])("%j belongs to %j", (subject, organization) => {
  expect(organizationOfSubject(subject)).toBe(organization);
});

test("changes are the fields that differ, before and after", () => {
  expect(changesBetween({ name: "A", code: "X" }, { name: "B", code: "X" })).toEqual({
    before: { name: "A" },
    after: { name: "B" },
  });
  expect(changesBetween({ name: "A" }, { name: "A" })).toBeNull();
  expect(changesBetween({}, { tags: null })).toEqual({ before: { tags: undefined }, after: { tags: null } });
});

test.each([
  ["operator", { kind: "operator", id: null }],
  ["system", { kind: "system", id: null }],
  ["portal_user.7", { kind: "portal_user", id: 7 }],
  ["api_key.7", { kind: "api_key", id: 7 }],
  ["api_key.0", null],
  ["member.7", null],
  ["", null],
])("the actor %j in an address is %j", (actor, read) => {
  expect(auditSearchParams.decode({ actor }).actor).toEqual(read);
});

test("a view has an address, and a change of its filters leads to its first page", () => {
  const view = { ...auditSearchParams.defaults, q: "LAW", before: { at: 1_790_000_000_000, id: 5 } };
  expect(auditHref(view, { kind: "organization" })).toBe("/audit?q=LAW&kind=organization");
});
