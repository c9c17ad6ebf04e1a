import { expect, test } from "vitest";
import { type AlertRights, remedyOf } from "#components/alerts/remedy.tsx";
import type { AlertItem } from "#lib/alerts/rules/item.ts";
import { ALERT_KIND_NAMES, type AlertKind } from "#lib/alerts/rules/kinds.ts";

const owner: AlertRights = { mayMoveCredits: true, mayManage: () => true, isOwner: true };
const reader: AlertRights = { mayMoveCredits: false, mayManage: () => false, isOwner: false };

/** An alert with every subject that any kind has. */
const item = (kind: AlertKind): AlertItem => ({
  id: 1,
  ruleId: 1,
  kind,
  threshold: 20n,
  state: "open",
  value: 30_000_000n,
  worth: null,
  baseWorth: null,
  limit: 40_000_000n,
  base: 200_000_000n,
  period: kind === "unusual_spend" ? 20261126 : 202611,
  openedAt: new Date(0),
  acknowledgedAt: null,
  acknowledgedBy: null,
  resolvedAt: null,
  resolution: null,
  subject: "",
  organization: { id: 2, code: "LAW", name: "Law" },
  creditType: { id: 3, name: "Credits" },
  member: { id: 4, membershipId: 5, name: "Ana", email: "ana@example.edu" },
  apiKey: { id: 6, name: "Gateway" },
  change: { entry: 8, action: "grant.added", label: "dean@example.edu", actor: "ana@example.edu" },
});

/** "label → address" for each kind. */
const remedies = (rights: AlertRights) =>
  Object.fromEntries(
    ALERT_KIND_NAMES.map((kind) => {
      const remedy = remedyOf(item(kind), rights, "/alerts");
      return [kind, remedy && `${remedy.label} → ${remedy.href}`];
    }),
  );

test("every alert has one remedy for an owner", () => {
  expect(remedies(owner)).toEqual({
    balance_amount: "Add credits → /organizations/LAW/credits/add?back=%2Falerts",
    balance_share: "Add credits → /organizations/LAW/credits/add?amount=200&back=%2Falerts",
    balance_days: "Add credits → /organizations/LAW/credits/add?back=%2Falerts",
    pool_amount: "Record purchase → /credit-types/3/purchase",
    pool_share: "Record purchase → /credit-types/3/purchase",
    pool_days: "Record purchase → /credit-types/3/purchase",
    month_growth: "See transactions → /organizations/LAW/transactions?from=2026-10-01&to=2026-11-30",
    allowance_share: "Raise allowance → /members/4/memberships/5?raise=100&back=%2Falerts",
    refusals: "See refusals → /organizations/LAW/refusals",
    unusual_spend: "See transactions → /organizations/LAW/transactions?from=2026-11-26&to=2026-11-26",
    key_expiring: "Create API key → /api-keys/new?organization=LAW",
    key_unused: "Revoke → /api-keys/6/revoke",
    backup_age: "See backups → /settings/health",
    verify_age: "See checks → /settings/health",
    verify_failed: "See checks → /settings/health",
    access_changed: "See portal user → /settings/users?q=dean%40example.edu",
  });
});

test("somebody who may only read is led to what they may see", () => {
  expect(remedies(reader)).toEqual({
    balance_amount: "See transactions → /organizations/LAW/transactions",
    balance_share: "See transactions → /organizations/LAW/transactions",
    balance_days: "See transactions → /organizations/LAW/transactions",
    pool_amount: "See pool → /credit-types/3",
    pool_share: "See pool → /credit-types/3",
    pool_days: "See pool → /credit-types/3",
    month_growth: "See transactions → /organizations/LAW/transactions?from=2026-10-01&to=2026-11-30",
    allowance_share: "See transactions → /organizations/LAW/transactions?from=2026-10-01&to=2026-11-30",
    refusals: "See refusals → /organizations/LAW/refusals",
    unusual_spend: "See transactions → /organizations/LAW/transactions?from=2026-11-26&to=2026-11-26",
    key_expiring: "See API key → /api-keys/6",
    key_unused: "See API key → /api-keys/6",
    backup_age: null,
    verify_age: null,
    verify_failed: null,
    access_changed: "See audit → /audit?kind=grant",
  });
});

test("a change of access whose audit entry is missing leads to all portal users", () => {
  expect(remedyOf({ ...item("access_changed"), change: null }, owner, "/alerts")).toEqual({
    href: "/settings/users",
    label: "See portal users",
    subject: "",
  });
});
