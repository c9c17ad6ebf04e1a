import { desc, eq } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { database } from "#db/client.ts";
import { alertMutes, alerts, auditEntries, organizationTags } from "#db/schema/index.ts";
import { type Actor, ForbiddenError } from "#lib/actor.ts";
import { acknowledgeAlerts, muteRule } from "#lib/alerts/commands/inbox.ts";
import { createRule, removeRule } from "#lib/alerts/commands/rules.ts";
import { exportAlerts } from "#lib/alerts/export.ts";
import { alertFilter, countOpenAlerts, listAlerts, mutedRulesOf } from "#lib/alerts/queries/list.ts";
import { listMutedRules, listRules } from "#lib/alerts/queries/rules.ts";
import { ruleText } from "#lib/alerts/rules/words.ts";
import { alertsSearchParams } from "#lib/alerts/search-params.ts";
import { addGrants } from "#lib/grants/commands.ts";
import { createPortalUser, setPortalUserDisabled } from "#lib/portal-users/commands/accounts.ts";
import type { Scope } from "#lib/scope/scope.ts";
import {
  aCreditType,
  aGrant,
  anOrganization,
  aPortalUser,
  credits,
  everything,
  operator,
  scopeOf,
  spent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const NOW = new Date("2026-11-26T10:00:00Z");
let law: number;
let art: number;

beforeEach(async () => {
  const creditType = await aCreditType({ available: credits(2000), at: NOW });
  law = await anOrganization({
    code: "LAW",
    creditType,
    balance: credits(1000),
    members: ["ana@example.edu"],
    at: NOW,
  });
  art = await anOrganization({
    code: "ART",
    creditType,
    balance: credits(1000),
    members: ["bo@example.edu"],
    at: NOW,
  });
  await spent({ credits: credits(850) }, NOW);
  await spent({ organization: "ART", member: "bo@example.edu", credits: credits(850) }, NOW);
});

const listed = (scope: Scope, query = "", mutedRules: readonly number[] = []) => {
  const view = alertsSearchParams.decode(new URLSearchParams(query));
  return listAlerts(alertFilter(scope, view, mutedRules), view).items.map(
    ({ kind, organization, creditType }) => `${organization?.code ?? creditType?.name} ${kind}`,
  );
};

const openAlerts = (scope: Scope) =>
  listAlerts(alertFilter(scope, alertsSearchParams.defaults), alertsSearchParams.defaults).items;

const idOf = (organization: number) =>
  openAlerts(everything).find(
    (item) => item.organization?.id === organization && item.kind === "balance_share",
  )?.id ?? 0;

test("everybody sees the alerts of their scope alone, and those of pools with a role on the enterprise", async () => {
  const user = await aPortalUser(null);
  await aGrant(user, "viewer", { organizationId: law });
  const scope = scopeOf(user);
  expect(listed(everything, "kind=balance_share")).toEqual(["ART balance_share", "LAW balance_share"]);
  expect(listed(everything, "kind=pool_share")).toEqual(["JPY Credits pool_share"]);
  expect(listed(scope, "kind=balance_share")).toEqual(["LAW balance_share"]);
  expect(listed(scope, "kind=pool_share")).toEqual([]);
  expect(listed(scope, "organization=ART")).toEqual([]);
  expect(listed(scope, "organization=NOPE")).toEqual([]);
  expect(openAlerts(scope).every(({ organization }) => organization?.id === law)).toBe(true);
  expect(countOpenAlerts(scope, user.id)).toBe(listed(scope).length);
  const file = [...exportAlerts(alertFilter(scope, alertsSearchParams.defaults))].join("");
  expect(file).toContain(",LAW,");
  expect(file).not.toContain("ART");
  const nobody = await aPortalUser(null, "nothing@example.edu");
  expect(listed(scopeOf(nobody))).toEqual([]);
});

test("the count in a scope leaves out muted rules and other organizations, and ends at one more than it shows", async () => {
  const user = await aPortalUser(null);
  await aGrant(user, "viewer", { organizationId: law });
  const scope = scopeOf(user);
  const [alert, ...others] = openAlerts(scope);
  expect(alert).toBeDefined();
  const { ruleId } = database()
    .select({ ruleId: alerts.ruleId })
    .from(alerts)
    .where(eq(alerts.id, alert?.id ?? 0))
    .get() ?? { ruleId: null };
  value(await muteRule({ rule: ruleId ?? 0, muted: true }, user));
  expect(countOpenAlerts(scope, user.id)).toBe(others.length);
  const insert = (count: number, organizationId: number) =>
    database()
      .insert(alerts)
      .values(
        Array.from({ length: count }, (_, n) => ({
          kind: "balance_share",
          threshold: 20n,
          subjectKind: "organization" as const,
          subjectId: organizationId,
          organizationId,
          period: n + 1,
          state: "open" as const,
          value: 0n,
          openedAt: NOW,
          announced: true,
        })),
      )
      .run();
  insert(200, art);
  expect(countOpenAlerts(scope, user.id)).toBe(others.length);
  insert(50, law);
  expect(countOpenAlerts(scope, user.id)).toBe(others.length + 50);
  insert(60, law);
  expect(countOpenAlerts(scope, user.id)).toBe(100);
});

test("those who manage an organization acknowledge its alerts, which the audit records there", async () => {
  const admin = await aPortalUser(null, "law.admin@example.edu");
  await aGrant(admin, "admin", { organizationId: law });
  expect(await acknowledgeAlerts({ ids: [idOf(law)] }, admin, NOW)).toEqual({
    ok: true,
    value: { changed: 1 },
  });
  expect(listed(everything, "kind=balance_share")).toEqual(["ART balance_share"]);
  expect(listed(everything, "state=acknowledged")).toEqual(["LAW balance_share"]);
  expect(
    database()
      .select({
        action: auditEntries.action,
        label: auditEntries.subjectLabel,
        organizationId: auditEntries.organizationId,
      })
      .from(auditEntries)
      .orderBy(desc(auditEntries.id))
      .get(),
  ).toEqual({
    action: "alert.acknowledged",
    label: "LAW: Balance below 20% of the last allocation",
    organizationId: law,
  });
});

test("an alert outside the scope does not exist, and one that may only be read stays open", async () => {
  const admin = await aPortalUser(null, "law.admin@example.edu");
  await aGrant(admin, "admin", { organizationId: law });
  const unknown = await acknowledgeAlerts({ ids: [999_999] }, admin);
  expect(unknown).toMatchObject({ ok: false, code: "alert_not_found" });
  expect(await acknowledgeAlerts({ ids: [idOf(art)] }, admin)).toEqual(unknown);
  const viewer = await aPortalUser("viewer");
  await expect(acknowledgeAlerts({ ids: [idOf(law)] }, viewer)).rejects.toThrow(ForbiddenError);
  const pool = openAlerts(everything).find(({ creditType }) => creditType)?.id ?? 0;
  await expect(acknowledgeAlerts({ ids: [pool] }, viewer)).rejects.toThrow(ForbiddenError);
  expect(await acknowledgeAlerts({ ids: [pool] }, admin)).toEqual(unknown);
  expect(listed(everything, "state=acknowledged")).toEqual([]);
});

test("a muted rule is hidden from the list and the count of one user", async () => {
  const one = await aPortalUser("viewer");
  const other = await aPortalUser("viewer", "other@example.edu");
  const all = countOpenAlerts(everything, one.id);
  const rule = database()
    .select({ id: alerts.ruleId })
    .from(alerts)
    .where(eq(alerts.id, idOf(law)))
    .get();
  value(await muteRule({ rule: rule?.id ?? 0, muted: true }, one));
  expect(countOpenAlerts(everything, one.id)).toBe(all - 2);
  expect(countOpenAlerts(everything, other.id)).toBe(all);
  expect(listed(everything, "kind=balance_share", mutedRulesOf(one.id))).toEqual([]);
  expect(listed(everything, "kind=balance_share&muted=show", mutedRulesOf(one.id))).toHaveLength(2);
  expect(listMutedRules(one.id, everything).map(ruleText)).toEqual([
    "Balance below 20% of the last allocation",
  ]);
  expect(listMutedRules(other.id, everything)).toEqual([]);
  value(await muteRule({ rule: rule?.id ?? 0, muted: false }, one));
  expect(countOpenAlerts(everything, one.id)).toBe(all);
  expect(await muteRule({ rule: 999, muted: true }, one)).toMatchObject({ code: "rule_not_found" });
});

test("nobody can mute a rule of an organization that they may not read", async () => {
  const rule = { kind: "balance_amount", threshold: credits(5), organization: "ART", tag: null } as const;
  const { id } = value(await createRule(rule, operator));
  const user = await aPortalUser(null);
  await aGrant(user, "admin", { organizationId: law });
  expect(await muteRule({ rule: id, muted: true }, user)).toMatchObject({ code: "rule_not_found" });
});

test("who has access to some organizations learns of no rule beyond them by muting its id", async () => {
  const user = await aPortalUser(null);
  await aGrant(user, "viewer", { organizationId: law });
  database()
    .insert(organizationTags)
    .values([
      { organizationId: law, tag: "faculty:law" },
      { organizationId: art, tag: "faculty:art" },
    ])
    .run();
  const below = { kind: "balance_amount", threshold: credits(5), organization: null } as const;
  const { id: own } = value(await createRule({ ...below, tag: "faculty:law" }, operator));
  const { id: others } = value(await createRule({ ...below, tag: "faculty:art" }, operator));
  const muted: string[] = [];
  for (const { id, kind } of listRules({ after: 0, limit: 100 })) {
    const result = await muteRule({ rule: id, muted: true }, user);
    if (result.ok) muted.push(id === own ? "own tag" : id === others ? "another tag" : kind);
    else expect(result.code).toBe("rule_not_found");
  }
  expect([...new Set(muted)]).toEqual([
    "balance_amount",
    "balance_share",
    "balance_days",
    "month_growth",
    "allowance_share",
    "refusals",
    "unusual_spend",
    "key_expiring",
    "key_unused",
    "own tag",
  ]);
  // What was muted before it was out of the scope is not listed either.
  const pool = listRules({ after: 0, limit: 100 }).find(({ kind }) => kind === "pool_share")?.id ?? 0;
  database()
    .insert(alertMutes)
    .values([pool, others].map((ruleId) => ({ portalUserId: user.id, ruleId })))
    .run();
  const scope = scopeOf(user);
  expect(
    listMutedRules(user.id, scope).some(({ kind, tag }) => kind === "pool_share" || tag === "faculty:art"),
  ).toBe(false);
  expect(listMutedRules(user.id, scope).some(({ tag }) => tag === "faculty:law")).toBe(true);
});

test("alerts of a removed rule stay in the list, resolved", async () => {
  value(await removeRule({ id: 2 }, operator, NOW));
  expect(listRules({ after: 0, limit: 100 }).some(({ id }) => id === 2)).toBe(false);
  expect(listed(everything, "state=resolved&kind=balance_share")).toEqual([
    "ART balance_share",
    "LAW balance_share",
  ]);
});

test("an account that a portal user adds opens an alert, and one of the command line does not", async () => {
  const owner = await aPortalUser("owner");
  const add = (email: string, actor: Actor) =>
    createPortalUser({ email, role: "owner", password: "correct horse battery staple" }, actor);
  value(await add("from.command.line@example.edu", operator));
  value(await add("second.owner@example.edu", owner));
  const changes = openAlerts(everything)
    .filter(({ kind }) => kind === "access_changed")
    .map(({ change }) => change);
  expect(changes).toMatchObject([
    { action: "portal_user.created", label: "second.owner@example.edu", actor: "owner@example.edu" },
  ]);
});

test("an account that is disabled and enabled again opens an alert for each", async () => {
  const user = await aPortalUser("viewer", "dean@example.edu");
  for (const disabled of [true, false])
    value(await setPortalUserDisabled({ id: user.id, disabled }, operator));
  const changes = openAlerts(everything)
    .filter(({ kind }) => kind === "access_changed")
    .map(({ change }) => [change?.action, change?.label, change?.actor]);
  expect(changes.sort()).toEqual([
    ["portal_user.disabled", "dean@example.edu", "operator"],
    ["portal_user.enabled", "dean@example.edu", "operator"],
  ]);
});

test("a change of access opens an alert that names it, in the transaction of the change", async () => {
  const user = await aPortalUser(null, "dean@example.edu");
  value(await addGrants({ id: user.id, role: "admin", scopes: [{ code: "LAW", tag: null }] }, operator));
  const alert = openAlerts(everything).find(({ kind }) => kind === "access_changed");
  expect(alert).toMatchObject({
    kind: "access_changed",
    organization: null,
    change: { action: "grant.added", label: "dean@example.edu", actor: "operator" },
  });
});
