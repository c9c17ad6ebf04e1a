import { and, count, eq } from "drizzle-orm";
import { database, type Transaction, write } from "#db/client.ts";
import { creditTypes, ledgerEntries, members, memberships, organizations } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { insertCreditType } from "#lib/credit-types/commands.ts";
import { purchase } from "#lib/ledger/commands/purchases.ts";
import { reverse } from "#lib/ledger/commands/reversals.ts";
import { transfer } from "#lib/ledger/commands/transfers.ts";
import type { Posting } from "#lib/ledger/posting/posting.ts";
import { writePosting } from "#lib/ledger/posting/posting.ts";
import { insertMemberships } from "#lib/members/commands/insert.ts";
import { changeMembershipsActiveIn } from "#lib/members/commands/memberships.ts";
import { insertOrganizations } from "#lib/organizations/commands/insert.ts";
import { changeOrganizationsActiveIn } from "#lib/organizations/commands/status.ts";
import {
  type OrganizationTotals,
  organizationTotals,
  totalsByCreditType,
} from "#lib/organizations/queries/totals.ts";
import { insertRefusals } from "#lib/refusals/commands/save.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { moveSpendingDaysToToday } from "#lib/runway/commands.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { wholeScope } from "#lib/scope/scope.ts";
import { applySettings } from "#lib/settings/commands.ts";
import { recordInTransaction } from "#lib/usage/commands/record.ts";
import { insertEndpoint, setEndpointState } from "#lib/webhooks/commands/endpoints.ts";
import { endpointById } from "#lib/webhooks/commands/records.ts";
import { addDemoAlerts, addDemoHealth } from "./alerts.ts";
import { DEMO_ENDPOINT, DEMO_START, DEMO_TIME_ZONE } from "./enterprise.ts";
import { type DemoEvent, demoHistory } from "./history.ts";
import { demoRefusals } from "./refusals.ts";
import { latestEventId, logDemoEvents } from "./webhooks.ts";

/** The demo's history needs some months between its start in January 2025 and now. */
const EARLIEST = new Date("2025-10-01T00:00:00Z");

/** How much of the history has been played. */
type Progress = { done: number; total: number };
const EVENTS_A_STEP = 200;

/** Only an application or the operator may report usage, so the history is the operator's, also when an owner asks for it. */
const OPERATOR = { kind: "operator" } as const satisfies Actor;

/**
 * Fills an empty portal with the demo enterprise and its history up to `now`, completely or not at all, by the same
 * commands that people use. Some rules for alerts follow in transactions of their own. An owner or the operator may do
 * it. Refuses a portal that has data, and a clock before October 2025. It holds the write lock and the event loop for some
 * seconds, so that a server runs it in a thread (`lib/batches/thread.ts`).
 */
export async function fillDemo(
  actor: Actor,
  now: Date = new Date(),
  onProgress: (progress: Progress) => void = () => {},
): Promise<Result<OrganizationTotals & { transactions: number }>> {
  if (now < EARLIEST) {
    return refused("clock_behind", "The demo plays from 2025 on, and this machine's clock is behind that.");
  }
  const history = demoHistory(now);
  const filled = await writePosting((posting, tx) => {
    assertRole(tx, actor, "owner");
    if (
      tx.select({ id: creditTypes.id }).from(creditTypes).limit(1).get() ||
      tx.select({ id: organizations.id }).from(organizations).limit(1).get()
    ) {
      return refused("not_empty", "The portal is not empty. The demo fills only a new one.");
    }
    applySettings(
      tx,
      { enterpriseName: "Demo University", timeZone: DEMO_TIME_ZONE.name, dateFormat: "DD/MM/YYYY" },
      OPERATOR,
      DEMO_START,
    );
    const eventsBefore = latestEventId(tx);
    const scene: Scene = {
      posting,
      tx,
      actor: OPERATOR,
      creditTypes: new Map(),
      organizations: new Map(),
      endpoint: 0,
    };
    history.forEach((event, done) => {
      if (done % EVENTS_A_STEP === 0) onProgress({ done, total: history.length });
      play(event, scene);
    });
    logDemoEvents(tx, scene.endpoint, eventsBefore);
    pauseEndpoint(tx, scene.endpoint, now);
    insertRefusals(demoRefusals(now));
    addDemoHealth(tx, now);
    if (actor.kind !== "operator") {
      const subject = { kind: "settings", id: 1, label: "Settings" } as const;
      recordAudit(tx, actor, [{ action: "demo.filled", subject }], now);
    }
    return done({ endpoint: scene.endpoint, eventsBefore });
  });
  if (!filled.ok) return filled;
  const { endpoint, eventsBefore } = filled.value;
  await addDemoAlerts(OPERATOR, now);
  await write((tx) => logDemoEvents(tx, endpoint, eventsBefore));
  // Not in the transaction above, which writes the sums of the days at its end.
  await moveSpendingDaysToToday(now);
  const entries = database().select({ transactions: count() }).from(ledgerEntries).get();
  return done({
    ...organizationTotals(totalsByCreditType(wholeScope(OPERATOR))),
    transactions: entries?.transactions ?? 0,
  });
}

type Scene = {
  posting: Posting;
  tx: Transaction;
  actor: Actor & { kind: "operator" };
  /** Row ids: of credit types by name, of organizations by code. */
  creditTypes: Map<string, number>;
  organizations: Map<string, number>;
  /** The row id of the endpoint. */
  endpoint: number;
};

/** In the transaction that has added it, so that no worker sends to it. */
function pauseEndpoint(tx: Transaction, id: number, now: Date): void {
  const row = endpointById(tx, id);
  if (row) setEndpointState(tx, row, { state: "paused", reason: null }, OPERATOR, now);
}

function idOf(ids: Map<string, number>, name: string): number {
  const id = ids.get(name);
  if (id === undefined) throw new Error(`the demo has no ${name}`);
  return id;
}

/** A refusal would be a bug of the demo, so it ends the whole transaction. */
function accepted(result: Result<unknown> | undefined): void {
  if (!result?.ok) throw new Error(result?.message ?? "no answer");
}

function play(event: DemoEvent, scene: Scene): void {
  const { posting, tx, actor } = scene;
  const { at } = event;
  switch (event.kind) {
    case "credit type": {
      const { id, name } = insertCreditType(tx, event.creditType, actor, at);
      scene.creditTypes.set(name, id);
      break;
    }
    case "organization": {
      const { name, code, creditType, monthlyAllowance, tags } = event.organization;
      const creditTypeId = idOf(scene.creditTypes, creditType);
      const row = { name, code, creditTypeId, active: true, monthlyAllowance, tags };
      const [id = 0] = insertOrganizations(tx, [row], actor, at);
      scene.organizations.set(code, id);
      break;
    }
    case "members": {
      const organizationId = idOf(scene.organizations, event.organization);
      const rows = event.members.map((member) => ({ ...member, organizationId, active: true }));
      insertMemberships(tx, rows, actor, at);
      break;
    }
    case "purchase": {
      const { amount, id: requestId, note } = event;
      const creditType = idOf(scene.creditTypes, event.creditType);
      accepted(purchase(posting, tx, { creditType, amount, requestId, note }, actor, at));
      break;
    }
    case "allocation":
    case "return": {
      const { amount, id: requestId, note } = event;
      const organization = idOf(scene.organizations, event.organization);
      accepted(transfer(event.kind, posting, tx, { organization, amount, requestId, note }, actor, at));
      break;
    }
    case "spend": {
      const { organization, member, application, credits } = event.spend;
      const usage = {
        id: event.id,
        source: "",
        organization: organization.code,
        member: member.email,
        application,
        credits,
        occurredAt: at,
        metadata: event.metadata,
      };
      const [outcome] = recordInTransaction([usage], actor, { posting, tx, now: at, db: database() });
      accepted(outcome);
      break;
    }
    case "reversal": {
      const entry = tx
        .select({ id: ledgerEntries.id })
        .from(ledgerEntries)
        .where(eq(ledgerEntries.externalId, event.of))
        .get();
      const { id: requestId, note } = event;
      accepted(reverse(posting, tx, { entry: entry?.id ?? 0, requestId, note }, actor, at));
      break;
    }
    case "member left": {
      const membership = tx
        .select({ id: memberships.id })
        .from(memberships)
        .innerJoin(members, eq(members.id, memberships.memberId))
        .where(
          and(
            eq(memberships.organizationId, idOf(scene.organizations, event.organization)),
            eq(members.email, event.email),
          ),
        )
        .get();
      changeMembershipsActiveIn(tx, [membership?.id ?? 0], false, actor, at);
      break;
    }
    case "endpoint":
      scene.endpoint = insertEndpoint(tx, DEMO_ENDPOINT, actor, at).id;
      break;
    case "organization closed":
      changeOrganizationsActiveIn(tx, [idOf(scene.organizations, event.organization)], false, actor, at);
  }
}
