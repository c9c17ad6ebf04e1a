import { describe, expect, it } from "vitest";
import { type AuditView, auditHref, auditSearchParams } from "#lib/audit/search-params.ts";

const { defaults, decode, encode } = auditSearchParams;

describe("the audit's URL", () => {
  it.each<[Partial<AuditView>, string]>([
    [{}, ""],
    [{ q: "ana@example.edu in LAW" }, "?q=ana%40example.edu+in+LAW"],
    [{ actor: { kind: "operator", id: null } }, "?actor=operator"],
    [{ actor: { kind: "portal_user", id: 12 } }, "?actor=portal_user.12"],
    [{ actor: { kind: "api_key", id: 3 }, action: "member.added" }, "?actor=api_key.3&action=member.added"],
    [
      { kind: "credit_type", from: 20260101, to: 20260131 },
      "?kind=credit_type&from=2026-01-01&to=2026-01-31",
    ],
    [{ before: { at: 1_763_978_400_000, id: 12 } }, "?before=1763978400000.12"],
  ])("%j is %s, both ways", (change, url) => {
    const view = { ...defaults, ...change };
    expect(encode(view)).toBe(url);
    expect(decode(new URLSearchParams(url))).toEqual(view);
  });

  it.each([
    "actor=portal_user",
    "actor=portal_user.0",
    "actor=xportal_user.1",
    "actor=portal_user.1e3",
    "actor=operator.1",
    "actor=robot.1",
    "action=organization.exploded",
    "action=constructor",
    "kind=planet",
    "from=2026-02-30",
    "to=yesterday",
    "before=-",
    "after=1.0",
  ])("%s falls back to the default", (query) => {
    expect(decode(new URLSearchParams(query))).toEqual(defaults);
  });

  it("starts at the newest entries when a filter changes", () => {
    const deep = { ...defaults, before: { at: 1, id: 2 } };
    expect(auditHref(deep, { q: "LAW" })).toBe("/audit?q=LAW");
  });
});
