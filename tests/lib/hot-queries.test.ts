import { sql } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { closeDatabase, database, write } from "#db/client.ts";
import { deleteOldAlerts, endPeriods } from "#lib/alerts/jobs/ends.ts";
import { checkRefusals } from "#lib/alerts/jobs/refusals.ts";
import { checkRunways } from "#lib/alerts/jobs/runways.ts";
import { checkStaleOrganizations } from "#lib/alerts/jobs/stale.ts";
import { checkUnusualDays, checkUnusualSpend } from "#lib/alerts/jobs/unusual.ts";
import {
  alertFilter,
  alertPieces,
  countAlerts,
  countOpenAlerts,
  listAlerts,
} from "#lib/alerts/queries/list.ts";
import { alertsSearchParams } from "#lib/alerts/search-params.ts";
import { keyUsage } from "#lib/api-keys/usage.ts";
import { auditFilter } from "#lib/audit/filter.ts";
import { listAudit, printedAudit } from "#lib/audit/list.ts";
import { changesOf } from "#lib/audit/queries.ts";
import { auditSearchParams } from "#lib/audit/search-params.ts";
import { moveCredits } from "#lib/batches/commands/credits.ts";
import { reverseBatch } from "#lib/batches/commands/reversals.ts";
import { changesOfBatch, getBatch } from "#lib/batches/queries/batches.ts";
import { moveSubjects } from "#lib/batches/queries/moves.ts";
import { SPLITS } from "#lib/batches/rules/credits.ts";
import { loadConfig } from "#lib/config.ts";
import { creditTypeSearchParams } from "#lib/credit-types/search-params.ts";
import { grantsOf } from "#lib/grants/queries.ts";
import { OLDEST } from "#lib/keyset.ts";
import { composeMails, sendDueMails } from "#lib/mail/worker.ts";
import { changeMemberships } from "#lib/members/commands/bulk.ts";
import { mergeMembers } from "#lib/members/merge.ts";
import { countNearAllowance, memberCounts } from "#lib/members/queries/counts.ts";
import { countPeople, listMembers, membershipIdPieces } from "#lib/members/queries/member-list.ts";
import { monthsOfMember } from "#lib/members/queries/member-spending.ts";
import { firstActiveMember, listMemberships } from "#lib/members/queries/memberships.ts";
import { membershipsSearchParams, membersSearchParams } from "#lib/members/search-params.ts";
import { deleteOldEvents, dispatchEvents } from "#lib/notifications/dispatch.ts";
import { changeOrganizationsAllowance } from "#lib/organizations/commands/allowances.ts";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { firstRun } from "#lib/organizations/first-run.ts";
import { listOrganizations, organizationIds } from "#lib/organizations/queries/list.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { totalsByCreditType } from "#lib/organizations/queries/totals.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { idsChangedByTags, listTags, suggestTags } from "#lib/organizations/tag-queries.ts";
import { appendEvent } from "#lib/outbox/append.ts";
import { attentionOf } from "#lib/overview/attention.ts";
import { spendingOverview } from "#lib/overview/figures.ts";
import { overviewSearchParams } from "#lib/overview/search-params.ts";
import { listPortalUsers, userOfSession } from "#lib/portal-users/queries.ts";
import { hasSecondFactor, mustAddSecondFactor } from "#lib/portal-users/required-factor.ts";
import { portalUsersSearchParams } from "#lib/portal-users/search-params.ts";
import { sessionCounts } from "#lib/portal-users/session-queries.ts";
import { deleteOldRefusals } from "#lib/refusals/commands/retention.ts";
import { firstEventOf } from "#lib/refusals/first-event.ts";
import { refusalFilter } from "#lib/refusals/queries/filter.ts";
import { countByReason, countRefusals, listRefusals, refusalPieces } from "#lib/refusals/queries/list.ts";
import { savePendingRefusals } from "#lib/refusals/queue.ts";
import { refusalsSearchParams } from "#lib/refusals/search-params.ts";
import { moveSpendingDaysToToday } from "#lib/runway/commands.ts";
import { listViews, starredViews } from "#lib/saved-views/queries.ts";
import { scopeOfKey, wholeScope } from "#lib/scope/scope.ts";
import { matchExternalId, matchKeys, matchMembers, matchOrganizations } from "#lib/search/matches.ts";
import { findAnything, suggestionsFor } from "#lib/search/queries.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { creditTypeFigures } from "#lib/transactions/credit-type-figures.ts";
import { listFigures, printedFigures } from "#lib/transactions/figures.ts";
import { modelSpending, modelSpendingNow } from "#lib/transactions/model-spending.ts";
import { hasTagKey, tagKeys, tagParts } from "#lib/transactions/parts/tag-parts.ts";
import { getTransaction, latestEntryId } from "#lib/transactions/queries/entries.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import {
  latestTransactions,
  listTransactions,
  neighboursOf,
  printedTransactions,
  transactionIdPieces,
  withSameExternalId,
} from "#lib/transactions/queries/list.ts";
import { entryIdPieces } from "#lib/transactions/queries/sparse-list.ts";
import { suggestMembers, suggestModels } from "#lib/transactions/queries/suggestions.ts";
import { GROUPINGS } from "#lib/transactions/rules/grouping.ts";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";
import {
  spendingByApplication,
  spendingByCreditType,
  spendingByDay,
  topMembers,
  topOrganizations,
} from "#lib/transactions/spending.ts";
import { spendingFigures } from "#lib/transactions/spending-figures.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import { createEndpoint } from "#lib/webhooks/commands/endpoints.ts";
import { listDeliveries, listEndpoints } from "#lib/webhooks/queries.ts";
import { lanesEnded, startDelivering } from "#lib/webhooks/worker.ts";
import {
  aGrant,
  aPortalUser,
  everything,
  operator,
  scopeOf,
  spend,
  usageEvent,
  value,
} from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { application, body, newKey } from "#tests/support/usage-api.ts";

useFreshDatabase();

/** Tables that grow with the enterprise. A hot query may look up their rows, but must not scan them. */
const GROWING = [
  "organizations",
  "organization_tags",
  "members",
  "memberships",
  "ledger_entries",
  "membership_months",
  "organization_days",
  "organization_months",
  "api_key_days",
  "audit_entries",
  "batches",
  "refusals",
  "outbox_events",
  "deliveries",
  "delivery_tries",
  "mails",
  "mail_items",
];

/** Scans that are intended: a list in its order stops at its page, and search reads the index of all folded texts. */
function isIntended(sql: string, step: string): boolean {
  // No ids to look up: SQLite reads nothing.
  if (/where false$/.test(sql)) return true;
  if (/^SCAN (organizations|members) USING COVERING INDEX \1_search_text$/.test(step)) return true;
  return /\blimit\b/i.test(sql) && /^SCAN \w+ USING (COVERING )?INDEX/.test(step);
}

type Step = { sql: string; step: string };

/** Every statement that `work` prepares, with each step of its plan. */
async function plansOf(work: () => unknown): Promise<Step[]> {
  // A new handle has prepared nothing yet.
  closeDatabase();
  const { $client: sqlite } = database();
  const statements = new Set<string>();
  const prepare = sqlite.prepare;
  sqlite.prepare = ((sql: string) => {
    statements.add(sql);
    return prepare.call(sqlite, sql);
  }) as typeof prepare;
  try {
    await work();
  } finally {
    sqlite.prepare = prepare;
  }
  expect(statements.size).toBeGreaterThan(0);
  return [...statements]
    .filter((sql) => /^\s*(select|insert|update|delete|with)\b/i.test(sql))
    .flatMap((sql) =>
      sqlite
        .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...(sql.match(/\?/g) ?? []).map(() => null))
        .map(({ detail }) => ({ sql, step: detail })),
    );
}

const shown = ({ sql, step }: Step) => `${step}: ${sql}`;

/** The steps that read a growing table through. */
async function scansOf(work: () => unknown): Promise<string[]> {
  const plans = await plansOf(work);
  return plans
    .filter(({ sql, step }) => {
      const table = /^SCAN (\w+)/.exec(step)?.[1];
      return table !== undefined && GROWING.includes(table) && !isIntended(sql, step);
    })
    .map(shown);
}

const list = (query: string) =>
  listOrganizations(
    everything,
    organizationsSearchParams.decode(new URLSearchParams(query)),
    totalsByCreditType(everything),
  );

const people = async (query: string) => {
  const view = membersSearchParams.decode(new URLSearchParams(query));
  listMembers(everything, view);
  await countPeople(everything);
  for (const _ of membershipIdPieces(everything, view));
};

const ofOrganization = (query: string) =>
  listMemberships(
    everything,
    { id: 1, members: 2 },
    membershipsSearchParams.decode(new URLSearchParams(query)),
    202_611,
  );

const transactions = async (query: string) => {
  const view = transactionsSearchParams.decode(new URLSearchParams(query));
  const filter = transactionFilter(everything, view, 20_261_124);
  latestEntryId();
  listTransactions(filter, view);
  printedTransactions(filter);
  spendingByDay(filter);
  spendingByApplication(filter);
  spendingByCreditType(filter);
  topOrganizations(filter, 10);
  const ofModel = await modelSpending(filter, 20_261_124, "organization_id");
  if (ofModel) modelSpendingNow(ofModel, filter, 20_261_124);
  suggestModels(everything, "g", 10);
  [...transactionIdPieces(filter, latestEntryId(), 2)].length;
};

beforeEach(async () => {
  await makeSmallEnterprise();
  for (let n = 0; n < 5; n++) await spend();
});

describe("no hot query reads a growing table through", () => {
  it.each([
    "",
    "status=inactive",
    "type=1&status=active",
    "q=law",
    "q=law+faculty",
    "q=l",
    "q=zzz",
    "sort=name",
    "sort=-members",
    "sort=balance",
    "sort=-spent",
    "q=a&sort=created&page=9",
    "page=4000",
    "tag=faculty:law",
    "tag=faculty:law&tag=site:lyon&q=law",
    "tag=faculty:law&status=active&type=1&sort=-spent",
    "sort=-spent-30d",
    "sort=runs-out&page=9&size=100",
    "runs-out=30",
    "runs-out=30&sort=-runs-out&status=active",
    "runs-out=90&q=l&sort=name",
    "runs-out=7&tag=faculty:law&type=1",
  ])("of the organizations' list, %j", async (query) => {
    expect(await scansOf(() => list(query))).toEqual([]);
  });

  it.each(["tag=faculty:law&q=l", "tag=faculty:law&tag=site:lyon"])(
    "of a list filtered by tags that many organizations have, %j",
    async (query) => {
      // With more matches than are sorted, the list is read in its order.
      database().run(sql`WITH RECURSIVE numbers (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < 12000)
        INSERT INTO organizations (name, code, code_key, credit_type_id, active, created_at, name_key, search_text)
        SELECT 'L', 'L' || value, 'l' || value, 1, 1, 0, 'l', 'l' FROM numbers`);
      database().run(sql`INSERT INTO organization_tags (organization_id, tag)
        SELECT id, tag FROM organizations, (SELECT 'faculty:law' AS tag UNION SELECT 'site:lyon')`);
      const view = organizationsSearchParams.decode(new URLSearchParams(query));
      expect(
        await scansOf(() => {
          expect(list(query).counts.all).toBeGreaterThan(12_000);
          organizationIds(everything, view);
        }),
      ).toEqual([]);
    },
  );

  it.each([
    "",
    "organization=LAW",
    "member=1",
    "member=nobody@example.edu",
    "application=essay-coach&code=insufficient_credits",
    "code=others&from=2026-11-01&to=2026-11-30",
    "key=1",
    "before=1763978400000.3",
    "after=0",
  ])("of the refusals, %j", async (query) => {
    const view = refusalsSearchParams.decode(new URLSearchParams(query));
    expect(
      await scansOf(async () => {
        const filter = refusalFilter(everything, view, "UTC");
        listRefusals(filter, view);
        countRefusals(filter);
        [...refusalPieces(filter, 2)].length;
        await deleteOldRefusals();
      }),
    ).toEqual([]);
  });

  it("of the pages of a member, an organization and a transaction", async () => {
    const today = 20_261_124;
    const refused = { ...refusalsSearchParams.defaults, from: today };
    expect(
      await scansOf(() => {
        monthsOfMember(everything, 1, 202_512);
        countByReason(refusalFilter(everything, { ...refused, member: "1" }, "UTC"));
        countByReason(refusalFilter(everything, { ...refused, organization: "LAW" }, "UTC"));
        for (let id = 1; id <= latestEntryId(); id++) {
          const transaction = getTransaction(everything, id);
          if (!transaction) throw new Error(`no entry ${id}`);
          neighboursOf(everything, transaction, today);
          withSameExternalId(everything, transaction, { today, limit: 5 });
        }
      }),
    ).toEqual([]);
  });

  it("of the page of an API key, and of its first event", async () => {
    const { usage } = application(await newKey(1));
    await newKey(null);
    expect(await usage(body({}))).toMatchObject({ status: 201 });
    expect(
      await scansOf(() => {
        for (const id of [1, 2]) {
          keyUsage(everything, id, { from: 20_261_101, limit: 8 });
          firstEventOf(everything, id);
          countByReason(
            refusalFilter(everything, { ...refusalsSearchParams.defaults, key: id, from: 20_261_124 }, "UTC"),
          );
        }
        expect(firstActiveMember(everything, 1)).toBe("ana@example.edu");
      }),
    ).toEqual([]);
  });

  it("of the first steps of a new portal", async () => {
    database().run(sql`UPDATE members SET last_active_at = NULL`);
    expect(
      await scansOf(() => {
        expect(firstRun()).toMatchObject({ organization: true, member: true, apiKey: false });
      }),
    ).toEqual([]);
  });

  it("of moving the 30 days of spending to another day", async () => {
    const later = new Date(Date.now() + 7 * 86_400_000);
    expect(
      await scansOf(async () => {
        expect(await moveSpendingDaysToToday(later)).toBe(true);
      }),
    ).toEqual([]);
  });

  it("of the outbox: events become deliveries and mails, are sent, listed and deleted", async () => {
    process.env.SMTP_URL = "smtp://127.0.0.1:9";
    process.env.MAIL_FROM = "bursar@example.edu";
    loadConfig();
    try {
      const { id } = value(
        await createEndpoint(
          { kind: "webhook", name: "Receiver", url: "https://receiver.example/", events: ["*"] },
          operator,
        ),
      );
      await aPortalUser("owner", "reader@example.edu");
      const resolve = async () => [{ address: "10.0.0.1", family: 4 }];
      const send = async () => ({ ok: true }) as const;
      expect(
        await scansOf(async () => {
          await write((tx) => {
            const data = { title: "Low", text: "", path: "/", organization: null, figures: {} };
            appendEvent(tx, { type: "pool.low", subject: "credit_type:1", organizationId: null, data });
          });
          await dispatchEvents();
          startDelivering({ resolve });
          await lanesEnded();
          await composeMails();
          await sendDueMails({ send });
          expect(listDeliveries(id, { before: null, after: null }).items).toMatchObject([
            { state: "waiting" },
          ]);
          listDeliveries(id, { before: { at: 0, id: 9 }, after: null });
          listDeliveries(id, { before: null, after: { at: 0, id: 0 } });
          listEndpoints();
          await deleteOldEvents();
        }),
      ).toEqual([]);
    } finally {
      delete process.env.SMTP_URL;
      delete process.env.MAIL_FROM;
      loadConfig();
    }
  });

  it.each(["", "kind=balance_share", "state=resolved&organization=LAW", "muted=show&kind=allowance_share"])(
    "of the alerts, %j",
    async (query) => {
      const view = alertsSearchParams.decode(new URLSearchParams(query));
      const user = await aPortalUser(null);
      await aGrant(user, "viewer", { tag: "faculty:law" });
      const scans = await scansOf(() => {
        for (const scope of [everything, scopeOf(user)]) {
          const filter = alertFilter(scope, view, [1, 2]);
          listAlerts(filter, view);
          countAlerts(filter);
          [...alertPieces(filter, 2)].length;
          countOpenAlerts(scope, user.id);
        }
      });
      expect(scans).toEqual([]);
    },
  );

  it("of what the rules read, with a posting and in the jobs", async () => {
    const scans = await scansOf(async () => {
      await spend({ credits: 1n });
      await checkStaleOrganizations(new Date());
      await checkRefusals(new Date());
      await checkRunways(new Date());
      await checkUnusualSpend(20261126, new Date());
      await checkUnusualDays(new Date());
      await endPeriods(new Date());
      await deleteOldAlerts(new Date());
    });
    expect(scans).toEqual([]);
  });

  it("of what writing refusals reads", async () => {
    const { usage } = application(await newKey(1));
    expect(
      await scansOf(async () => {
        expect(await usage(body({ credits: "100000" }))).toMatchObject({ status: 402 });
        await savePendingRefusals();
      }),
    ).toEqual([]);
  });

  it("of a batch: its previews, its change, its page, and its reversal", async () => {
    const request = (requestId: string) => ({ ids: [1, 2], selection: "1,2", requestId, expected: null });
    const dean = await aPortalUser(null, "dean@example.edu");
    await aGrant(dean, "admin", { organizationId: 1 });
    const scans = await scansOf(async () => {
      for (const split of SPLITS) moveSubjects([1, 2], split);
      const move = { move: "allocation", split: "each", amount: 1n, note: null } as const;
      value(await moveCredits({ ...move, ...request("hot-credits") }, operator));
      value(
        await changeOrganizationsAllowance({ ...request("hot-allowance"), monthlyAllowance: 1n }, operator),
      );
      value(await changeMemberships({ ...request("hot-role"), field: "role", to: "admin" }, operator));
      const tags = { to: "add", tags: ["faculty:law"] } as const;
      value(await changeOrganizationsTags([1, 2], tags, operator, "hot-tags"));
      value(await changeOrganizationsActive([1, 2], false, operator, "hot-status"));
      for (const scope of [everything, scopeOf(dean)]) {
        getBatch(scope, 1);
        changesOfBatch({ id: dean.id, role: null, scope }, 1, { page: 1, size: 50 });
      }
      for (const batch of [1, 2, 3, 4, 5]) {
        const reversal = { batch, note: null, requestId: `hot-reversal-${batch}`, expected: null };
        value(await reverseBatch(reversal, operator));
      }
    });
    // The end of the audit trail, read from the end of the table.
    const newest = /from "audit_entries" order by "audit_entries"."id" desc limit \?$/;
    expect(scans.filter((scan) => !newest.test(scan))).toEqual([]);
  });

  it("of the tags: their list, suggestions, and what a change to many would change", async () => {
    expect(
      await scansOf(async () => {
        listTags({ limit: 100 });
        suggestTags(wholeScope(operator), "fac", 10);
        suggestTags(
          scopeOfKey({ ...operator, kind: "api_key", id: 1, name: "x", organizationId: 1, address: null }),
          "fac",
          10,
        );
        tagKeys(everything, 10);
        hasTagKey(everything, "faculty");
        const filter = transactionFilter(everything, transactionsSearchParams.defaults, 20_261_124);
        (await tagParts(filter, "faculty", "month"))();
        idsChangedByTags([1, 2], { to: "add", tags: ["faculty:law"] });
      }),
    ).toEqual([]);
  });

  it.each([
    "law",
    "l",
    "ana@example.edu",
    "zzz",
    "#1",
    "1",
    "request-1",
    "bur_abcd",
    "add 500 to law",
    "reverse #1",
    "time zone",
  ])("of the search for anything, %j", async (q) => {
    const ofOne = scopeOfKey({ kind: "api_key", id: 1, name: "x", organizationId: 1, address: null });
    const ofMany = { ...ofOne, organizationIds: new Set(Array.from({ length: 1_100 }, (_, id) => id + 1)) };
    for (const scope of [everything, ofOne, ofMany]) {
      expect(await scansOf(() => findAnything({ role: "owner", scope }, q))).toEqual([]);
      const plans = await plansOf(() => {
        matchOrganizations(scope, q, 7);
        matchMembers(scope, q, 7);
        matchExternalId(scope, q, 7);
        matchKeys(scope, "bur_abcd", 7);
      });
      expect(plans.filter(({ step }) => /^SCAN (ledger_entries|api_keys|memberships)/.test(step))).toEqual(
        [],
      );
    }
  });

  it("of what the search shows before anything is typed, and of the starred views of every page", async () => {
    expect(
      await scansOf(() => {
        suggestionsFor({ id: 1, role: "owner", scope: everything });
        listViews({ id: 1, role: "owner" });
        starredViews({ id: 1, role: "owner" });
      }),
    ).toEqual([]);
    const plans = await plansOf(() => starredViews({ id: 1, role: "viewer" }));
    expect(plans.filter(({ step }) => step.startsWith("SCAN"))).toEqual([]);
  });

  it("of what a usage event asks when its organization is inactive or its application new", async () => {
    const { usage } = application(await newKey(1));
    const occurredAt = new Date(Date.now() - 3_600_000).toISOString();
    await usage(body());
    value(await changeOrganizationsActive([1], false, operator));
    expect(
      await scansOf(async () => {
        expect(await usage(body({ application: "new", occurredAt }))).toMatchObject({ status: 201 });
      }),
    ).toEqual([]);
  });

  it("of the overview", async () => {
    const { defaults } = overviewSearchParams;
    const today = dayOf(new Date(), "UTC");
    expect(
      await scansOf(async () => {
        expect((await spendingOverview(everything, defaults, today))?.chosen?.id).toBe(1);
        attentionOf({ id: 1, scope: everything }, new Date());
        await memberCounts(everything, [202_610, 202_611]);
        countNearAllowance(everything, 202_611);
      }),
    ).toEqual([]);
  });

  it("of the page of a credit type", async () => {
    const { defaults } = creditTypeSearchParams;
    expect(
      await scansOf(async () => {
        await creditTypeFigures(everything, 1, defaults, 20_261_124);
        await creditTypeFigures(everything, 1, { ...defaults, after: OLDEST }, 20_261_124);
        const before = { at: 1_790_000_000_000, id: 77 };
        await creditTypeFigures(everything, 1, { ...defaults, before }, 20_261_124);
      }),
    ).toEqual([]);
  });

  it.each([
    "",
    "q=ana",
    "q=zz",
    "q=an&sort=-spent&page=9",
    "role=admin",
    "role=admin&status=active&q=ana",
    "status=inactive",
    "organization=LAW&role=creator",
    "sort=-active&page=400",
    "used=80",
    "used=80&organization=LAW&q=ana",
  ])("of the people, %j", async (query) => {
    expect(await scansOf(() => people(query))).toEqual([]);
  });

  it.each(["", "q=ana", "q=zz&sort=-spent", "role=admin&status=inactive", "used=80"])(
    "of an organization's members, %j",
    async (query) => {
      expect(await scansOf(() => ofOrganization(query))).toEqual([]);
    },
  );

  it.each([
    "",
    "period=this-month",
    "period=12-months",
    "organization=LAW",
    "member=ana@example.edu",
    "application=1",
    "kind=spend",
    "kind=reversal",
    "type=1",
    "type=1&application=1",
    "organization=LAW&application=1&kind=allocation",
    "externalId=request-1",
    "externalId=request-1&organization=LAW&member=ana@example.edu&kind=spend&before=1790000000000.77",
    "model=gpt-4o",
    "model=gpt-4o&organization=LAW&period=this-month&before=1790000000000.77",
    "model=gpt-4o&member=ana@example.edu",
    "model=gpt-4o&kind=reversal",
    "after=0",
    "before=1790000000000.77",
  ])("of the transactions, %j", async (query) => {
    expect(await scansOf(() => transactions(query))).toEqual([]);
  });

  it.each([
    "model=none",
    "model=none&organization=LAW&period=this-month&before=1790000000000.77",
    "model=none&member=ana@example.edu",
    "key=none",
    "key=none&application=1&after=0",
    "model=none&kind=reversal",
    "type=1&application=1",
    "type=1&application=1&before=1790000000000.77",
    "organization=LAW&application=1",
    "member=ana@example.edu",
  ])("of the tab with the list of transactions, %j", async (query) => {
    const view = transactionsSearchParams.decode(new URLSearchParams(query));
    const plans = await scansOf(async () => {
      await listFigures(everything, view, 20_261_124);
      await printedFigures(everything, view, 20_261_124, null);
      [...entryIdPieces(transactionFilter(everything, view, 20_261_124), latestEntryId(), 2)].length;
    });
    expect(plans).toEqual([]);
  });

  it.each([
    "",
    "period=last-month",
    "from=2026-10-05&to=2026-11-03&per=week",
    "organization=LAW&period=this-month",
    "organization=LAW&period=this-month&per=month",
    "organization=LAW&application=1",
    "member=ana@example.edu&period=12-months",
    "application=1",
    "type=1&period=12-months",
    "model=gpt-4o",
    "model=none",
    "key=none",
    "externalId=request-1",
  ])("of the spending by each part, %j", async (query) => {
    const view = transactionsSearchParams.decode(new URLSearchParams(query));
    for (const by of [...GROUPINGS, "tag:faculty"] as const) {
      expect(
        await scansOf(() => spendingFigures(everything, { ...view, tab: "spending", by }, 20_261_124)),
        by,
      ).toEqual([]);
    }
  });

  it("of an organization's models, which read no entry", async () => {
    const view = transactionsSearchParams.decode(
      new URLSearchParams("organization=LAW&period=last-month&by=model"),
    );
    const plans = await plansOf(() => spendingFigures(everything, { ...view, tab: "spending" }, 20_261_124));
    const [sums] = plans.filter(
      ({ sql }) => sql.includes('INDEXED BY "ledger_entries_organization"') && sql.includes("AS part"),
    );
    if (!sums) throw new Error("the index is not used");
    const operations = database()
      .$client.prepare<unknown[], { opcode: string; p1: bigint; p2: bigint }>(`EXPLAIN ${sums.sql}`)
      .all(...(sums.sql.match(/\?/g) ?? []).map(() => null));
    const root = database()
      .$client.prepare("SELECT rootpage FROM sqlite_master WHERE name = 'ledger_entries'")
      .pluck()
      .get();
    const entries = operations.find(({ opcode, p2 }) => opcode === "OpenRead" && p2 === root)?.p1;
    expect(entries).toBeDefined();
    expect(operations.filter(({ opcode, p1 }) => opcode === "Column" && p1 === entries)).toEqual([]);
  });

  it.each(["", "period=this-month", "application=1", "member=ana@example.edu", "kind=reversal"])(
    "of the transactions and the spending of an API key, %j",
    async (query) => {
      for (const [index, organization] of [1, null].entries()) {
        const { usage } = application(await newKey(organization));
        expect(await usage(body({ id: `by-key-${index}` }))).toMatchObject({ status: 201 });
        const ofKey = `${query}&key=${index + 1}`;
        const view = transactionsSearchParams.decode(new URLSearchParams(ofKey));
        expect(await scansOf(() => transactions(ofKey)), ofKey).toEqual([]);
        expect(
          await scansOf(() => spendingFigures(everything, { ...view, tab: "spending" }, 20_261_124)),
          ofKey,
        ).toEqual([]);
      }
    },
  );

  it.each(["application=1", "type=1&application=1", "organization=LAW&application=1", "period=12-months"])(
    "of the transactions in an application that another was merged into, %j",
    async (query) => {
      await spend({ id: "merged", application: "merged" });
      const merged = database()
        .$client.prepare("UPDATE applications SET merged_into_id = 1 WHERE id > 1")
        .run();
      expect(merged.changes).toBeGreaterThan(0);
      expect(await scansOf(() => transactions(query))).toEqual([]);
    },
  );

  it.each(["", "period=12-months"])("and no sum over a long time sorts its rows, %j", async (query) => {
    const filter = transactionFilter(
      everything,
      transactionsSearchParams.decode(new URLSearchParams(query)),
      20_261_124,
    );
    const plans = await plansOf(() => {
      spendingByDay(filter);
      spendingByApplication(filter);
      spendingByCreditType(filter);
    });
    const sums = plans.filter(({ sql }) => sql.includes("credit_type_days"));
    expect(sums.length).toBeGreaterThan(0);
    expect(sums.filter(({ step }) => step.includes("TEMP B-TREE")).map(shown)).toEqual([]);
  });

  it("of a part of the enterprise, which look its organizations up one by one", async () => {
    const user = await aPortalUser(null);
    await aGrant(user, "viewer", { tag: "faculty:law" });
    database().$client.exec("INSERT INTO organization_tags VALUES (1, 'faculty:law')");
    const scope = scopeOf(user);
    const reader = { id: user.id, role: null, scope };
    const plans = await plansOf(async () => {
      for (const query of ["", "sort=-spent", "status=inactive", "used=80", "q=ana&role=creator"]) {
        listMembers(scope, membersSearchParams.decode(new URLSearchParams(query)));
      }
      await countPeople(scope);
      for (const query of [
        "",
        "from=2026-10-03&to=2026-10-20",
        "application=1&kind=spend",
        "type=1",
        "kind=allocation",
      ]) {
        const view = transactionsSearchParams.decode(new URLSearchParams(query));
        await listFigures(scope, view, 20_261_124);
        await printedFigures(scope, view, 20_261_124, null);
        for (const by of GROUPINGS) {
          await spendingFigures(scope, { ...view, tab: "spending", by }, 20_261_124);
        }
      }
      suggestMembers(scope, "an", 10);
      suggestModels(scope, "g", 10);
      await spendingOverview(scope, overviewSearchParams.defaults, dayOf(new Date(), "UTC"));
      attentionOf({ id: user.id, scope }, new Date());
      await memberCounts(scope, [202_610, 202_611]);
      countNearAllowance(scope, 202_611);
      for (const query of ["", "kind=membership", "q=LAW"]) {
        const view = auditSearchParams.decode(new URLSearchParams(query));
        listAudit(auditFilter(view, "UTC"), view, reader);
        printedAudit(auditFilter(view, "UTC"), reader);
      }
    });
    const scans = plans.filter(({ sql, step }) => step.startsWith("SCAN ") && !isIntended(sql, step));
    // Ids that are bound, the rows of subqueries, the one row of the settings, and the exchange rates, which are few.
    const tables = scans.filter(
      ({ step }) =>
        !/ VIRTUAL TABLE |^SCAN (CONSTANT ROW|months|ids|p|places|newest|settings|\(subquery-\d+\)|exchange_rates)$/.test(
          step,
        ),
    );
    expect(tables.map(shown)).toEqual([]);
  });

  it("of an organization's page", async () => {
    const scans = await scansOf(() => {
      const organization = getOrganization(everything, "LAW");
      if (!organization) throw new Error("no LAW");
      const filter = transactionFilter(
        everything,
        transactionsSearchParams.defaults,
        20_261_124,
        organization,
      );
      latestTransactions(filter, 8);
      spendingByDay(filter);
      spendingByApplication(filter);
      topMembers(everything, { organizationId: organization.id, month: 202_611, limit: 5 });
      changesOf({ kind: "organization", id: organization.id }, 20, {
        id: 1,
        role: "owner",
        scope: everything,
      });
    });
    expect(scans).toEqual([]);
  });

  it("of usage: new, repeated, refused, in a batch", async () => {
    const again = usageEvent();
    const scans = await scansOf(async () => {
      await recordBatch([again], operator);
      await recordBatch([again, usageEvent({ member: "nobody@example.edu" }), usageEvent()], operator);
    });
    expect(scans).toEqual([]);
  });

  it("of repeats after a merge, which read of the merged membership its sum and later reversals alone", async () => {
    for (const member of ["ana@example.edu", "bo@example.edu"]) value(await spend({ member }));
    value(await mergeMembers({ member: 1, email: "bo@example.edu" }, operator));
    const again = usageEvent();
    value(await spend(again));
    const plans = await plansOf(() => recordBatch([again], operator));
    const ofMerged = plans.filter(({ sql }) => sql.includes("membership_merges"));
    expect(ofMerged.map(({ step }) => step)).toEqual([
      "SEARCH entry USING INTEGER PRIMARY KEY (rowid=?)",
      expect.stringMatching(/^SEARCH merge USING INDEX sqlite_autoindex_membership_merges_1 \(into_id=\?\)$/),
      "CORRELATED SCALAR SUBQUERY 1",
      expect.stringMatching(/^SEARCH months USING .*\(membership_id=\? AND month=\?\)$/),
      "CORRELATED SCALAR SUBQUERY 2",
      "SEARCH reversal USING INDEX ledger_entries_organization_kind (organization_id=? AND occurred_at>? AND occurred_at<?)",
    ]);
  });

  it.each(["", "page=2", "q=example"])(
    "of the portal users, %j, which reads their emails alone",
    async (query) => {
      await aPortalUser("owner");
      const view = portalUsersSearchParams.decode(new URLSearchParams(query));
      const plans = await plansOf(() => {
        const ids = listPortalUsers({ role: "owner" }, view).items.map(({ id }) => id);
        sessionCounts(ids);
        grantsOf(ids);
      });
      const scans = plans.filter(({ step }) => /^SCAN (portal_|passkeys|authenticator_apps)/.test(step));
      expect([...new Set(scans.map(({ step }) => step))]).toEqual([
        "SCAN portal_users USING COVERING INDEX portal_users_email_key",
      ]);
    },
  );

  it("of what every page asks", async () => {
    expect(
      await scansOf(() => {
        userOfSession("none");
        getSettings();
        mustAddSecondFactor(1, "none");
        hasSecondFactor(1);
      }),
    ).toEqual([]);
  });

  it("and it would be seen", async () => {
    expect(
      await scansOf(() => database().all("SELECT * FROM ledger_entries WHERE amount = 1 LIMIT 5")),
    ).toEqual([expect.stringContaining("SCAN ledger_entries")]);
  });
});
