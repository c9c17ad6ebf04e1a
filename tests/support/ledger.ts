import { eq } from "drizzle-orm";
import { database, write } from "#db/client.ts";
import { members } from "#db/schema/index.ts";
import { createCreditType } from "#lib/credit-types/commands.ts";
import { allocateCredits, purchaseCredits } from "#lib/ledger/commands.ts";
import { insertMemberships } from "#lib/members/commands.ts";
import { createOrganization } from "#lib/organizations/commands.ts";
import type { Result } from "#lib/result.ts";
import { recordBatch } from "#lib/usage/commands.ts";

export const operator = { kind: "operator" } as const;

export const credits = (whole: number) => BigInt(whole) * 1_000_000n;

export function accepted<T>(result: Result<T> | undefined): T {
  if (!result?.ok) throw new Error(result?.message ?? "no answer");
  return result.value;
}

let requests = 0;
export function requestId(): string {
  requests += 1;
  return `request-${requests}`;
}

/** An organization with credits to spend and members, each by his e-mail. */
export async function addOrganization(given: {
  name: string;
  code: string;
  creditType: number;
  emails: readonly string[];
  credits: bigint;
  at?: Date;
}): Promise<number> {
  const { id } = accepted(
    await createOrganization(
      { name: given.name, code: given.code, creditType: given.creditType, monthlyAllowance: null },
      operator,
      given.at,
    ),
  );
  await write((tx) =>
    insertMemberships(
      tx,
      given.emails.map((email) => ({
        organizationId: id,
        name: email.split("@")[0] ?? email,
        email,
        role: "creator" as const,
        active: true,
        allowance: "organization" as const,
        monthlyAllowance: null,
      })),
      operator,
      given.at,
    ),
  );
  accepted(
    await allocateCredits(
      { organization: id, amount: given.credits, note: null, requestId: requestId() },
      operator,
      given.at,
    ),
  );
  return id;
}

/** A credit type whose pool has credits to allocate. */
export async function addPool(name: string, currency: string, amount: bigint, at?: Date): Promise<number> {
  const { id } = accepted(await createCreditType({ name, currency, exchangeRate: 1_000_000n }, operator));
  accepted(
    await purchaseCredits({ creditType: id, amount, note: null, requestId: requestId() }, operator, at),
  );
  return id;
}

export type Spend = {
  organization: string;
  member: string;
  application: string;
  credits: bigint;
  at: string | Date;
  metadata?: string;
};

/** Records spends in one batch; every one must be accepted. */
export async function spend(spends: readonly Spend[], now: Date): Promise<void> {
  const outcomes = await recordBatch(
    spends.map((one) => ({
      id: requestId(),
      source: "",
      organization: one.organization,
      member: one.member,
      application: one.application,
      credits: one.credits,
      occurredAt: new Date(one.at),
      metadata: one.metadata ?? null,
    })),
    operator,
    { now },
  );
  for (const outcome of outcomes) accepted(outcome);
}

export function memberId(email: string): number {
  const row = database().select({ id: members.id }).from(members).where(eq(members.email, email)).get();
  if (!row) throw new Error(`no member ${email}`);
  return row.id;
}
