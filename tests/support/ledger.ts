import { eq } from "drizzle-orm";
import { database } from "#db/client.ts";
import { members } from "#db/schema/index.ts";
import { recordBatch } from "#lib/usage/commands.ts";
import { aCreditType, aMember, anOrganization, operator, requestId, value } from "./builders.ts";

export { credits, operator, requestId, value as accepted } from "./builders.ts";

/** An organization with credits to spend and members, each by his e-mail. */
export async function addOrganization({
  emails,
  credits: balance,
  ...given
}: {
  name: string;
  code: string;
  creditType: number;
  emails: readonly string[];
  credits: bigint;
  at?: Date;
}): Promise<number> {
  const id = await anOrganization({ ...given, balance });
  for (const email of emails) await aMember(id, { email, ...(given.at && { at: given.at }) });
  return id;
}

/** A credit type whose pool has credits to allocate. */
export const addPool = (
  name: string,
  currency: "JPY" | "EUR" | "SGD" | "USD",
  available: bigint,
  at?: Date,
) => aCreditType({ name, currency, available, ...(at && { at }) });

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
  for (const outcome of outcomes) value(outcome);
}

export function memberId(email: string): number {
  const row = database().select({ id: members.id }).from(members).where(eq(members.email, email)).get();
  if (!row) throw new Error(`no member ${email}`);
  return row.id;
}
