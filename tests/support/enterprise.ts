import { type Database, database, write } from "#db/client.ts";
import { createCreditType } from "#lib/credit-types/commands.ts";
import { allocateCredits, purchaseCredits } from "#lib/ledger/commands.ts";
import { insertMemberships } from "#lib/members/commands.ts";
import { createOrganization } from "#lib/organizations/commands.ts";
import type { Result } from "#lib/result.ts";
import { recordBatch } from "#lib/usage/commands.ts";
import type { UsageEvent } from "#lib/usage/rules/event.ts";

export const operator = { kind: "operator" } as const;

/** Whole credits as micro-credits. */
export const credits = (whole: number) => BigInt(whole) * 1_000_000n;

export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.code}: ${result.message}`);
  return result.value;
}

let requests = 0;
/** A request id that no other call gets. */
export function requestId(): string {
  requests += 1;
  return `request-${process.pid}-${requests}`;
}

export type SmallEnterprise = { creditType: number; organizations: number[] };

/**
 * One credit type with 10,000 credits, of which two organizations (LAW, ART; allowance 1,000) have 1,000 each; ana is a
 * member of both, bo of LAW. Through the product's own commands.
 */
export async function makeSmallEnterprise(): Promise<SmallEnterprise> {
  const { id: creditType } = value(
    await createCreditType({ name: "JPY Credits", currency: "JPY", exchangeRate: 1_000_000n }, operator),
  );
  value(
    await purchaseCredits(
      { creditType, amount: credits(10_000), note: null, requestId: requestId() },
      operator,
    ),
  );
  const organizations: number[] = [];
  for (const [name, code] of [
    ["Faculty of Law", "LAW"],
    ["École des Beaux-Arts", "ART"],
  ] as const) {
    const { id } = value(
      await createOrganization({ name, code, creditType, monthlyAllowance: credits(1000) }, operator),
    );
    organizations.push(id);
    value(
      await allocateCredits(
        { organization: id, amount: credits(1000), note: null, requestId: requestId() },
        operator,
      ),
    );
  }
  await write((tx) =>
    insertMemberships(
      tx,
      [
        [0, "Ana García", "ana@example.edu"],
        [1, "Ana García", "ana@example.edu"],
        [0, "Bo Li", "bo@example.edu"],
      ].map(([organization, name, email]) => ({
        organizationId: organizations[Number(organization)] ?? 0,
        name: String(name),
        email: String(email),
        role: "creator",
        active: true,
        allowance: "organization",
        monthlyAllowance: null,
      })),
      operator,
    ),
  );
  return { creditType, organizations };
}

/** An event of ana's in LAW for one credit, changed as told. */
export function usageEvent(change: Partial<UsageEvent> = {}): UsageEvent {
  return {
    id: requestId(),
    source: "",
    organization: "LAW",
    member: "ana@example.edu",
    application: "essay-coach",
    credits: credits(1),
    occurredAt: null,
    metadata: null,
    ...change,
  };
}

export async function spend(change: Partial<UsageEvent> = {}, now?: Date, db: Database = database()) {
  const [outcome] = await recordBatch([usageEvent(change)], operator, { ...(now && { now }), db });
  if (!outcome) throw new Error("no outcome");
  return outcome;
}
