import { type Database, database, write } from "#db/client.ts";
import { portalUserGrants } from "#db/schema/index.ts";
import type { Actor, Role } from "#lib/actor.ts";
import { updateRule } from "#lib/alerts/commands/rules.ts";
import { listRules } from "#lib/alerts/queries/rules.ts";
import { ruleFormValues } from "#lib/alerts/rules/inputs.ts";
import type { AlertKind } from "#lib/alerts/rules/kinds.ts";
import { createCreditType } from "#lib/credit-types/commands.ts";
import type { CreateCreditTypeInput } from "#lib/credit-types/rules.ts";
import { addImport, storeUpload } from "#lib/imports/commands.ts";
import type { ImportKind } from "#lib/imports/rules.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import { allocateCredits } from "#lib/ledger/commands/transfers.ts";
import { insertMemberships, type NewMembership } from "#lib/members/commands/insert.ts";
import type { AllowanceChoice } from "#lib/members/rules.ts";
import { createOrganization } from "#lib/organizations/commands/organizations.ts";
import { insertUser, setEnterpriseRole } from "#lib/portal-users/commands/records.ts";
import { listPortalUsers, type PortalUserItem } from "#lib/portal-users/queries.ts";
import { portalUsersSearchParams } from "#lib/portal-users/search-params.ts";
import type { Result } from "#lib/result.ts";
import { enterpriseRoleOf, type Scope, scopeOfUser, wholeScope } from "#lib/scope/scope.ts";
import { recordBatch } from "#lib/usage/commands/record.ts";
import type { RecordedUsage, UsageEvent, UsageResult } from "#lib/usage/rules/event.ts";

// What tests put into a database, each by the product's own commands, so that counters and the audit trail are right.

/** Who runs the commands of a test; this actor may do everything. */
export const operator = { kind: "operator" } as const;

/** Whole credits as micro-credits. */
export const credits = (whole: number) => BigInt(whole) * 1_000_000n;

/** The value of a result that must not be a refusal. */
export function value<T>(result: Result<T> | undefined): T {
  if (!result) throw new Error("no result");
  if (!result.ok) throw new Error(`${result.code}: ${result.message}`);
  return result.value;
}

/** An account with a role on the whole enterprise, null for none, and no audit entry. @returns it as an actor. */
export async function aPortalUser(
  role: Role | null,
  email = `${role ?? "nobody"}@example.edu`,
): Promise<Actor & { kind: "portal_user" }> {
  const user = await write((tx) => {
    const inserted = insertUser(tx, email, null);
    if (role) setEnterpriseRole(tx, inserted.id, role, operator);
    return inserted;
  });
  return { kind: "portal_user", ...user, role, address: null };
}

/** The first page of the list of portal users. */
export function allPortalUsers(): PortalUserItem[] {
  return listPortalUsers({ role: "owner" }, portalUsersSearchParams.defaults).items;
}

/** Switches off all alert rules but those of these kinds. */
export async function onlyRules(...kinds: AlertKind[]): Promise<void> {
  for (const rule of listRules({ after: 0, limit: 100 })) {
    if (kinds.includes(rule.kind)) continue;
    value(await updateRule({ id: rule.id, ...ruleFormValues(rule), enabled: "off" }, operator));
  }
}

/** Gives an account a role on an organization (its row id) or on the organizations of a tag. */
export async function aGrant(
  user: { id: number },
  role: "admin" | "viewer",
  on: { organizationId: number } | { tag: string },
): Promise<void> {
  await write((tx) =>
    tx
      .insert(portalUserGrants)
      .values({ portalUserId: user.id, role, ...on, source: "portal", createdAt: new Date() })
      .run(),
  );
}

/** The scope of an account as a request of its would have it now. */
export const scopeOf = (user: { id: number }): Scope => scopeOfUser(user.id, enterpriseRoleOf(user.id));

/** The scope of the command line. */
export const everything = wholeScope(operator);

let requests = 0;
/** A request id that no other call gets. */
export function requestId(): string {
  requests += 1;
  return `request-${process.pid}-${requests}`;
}

/** A credit type whose pool has `available` micro-credits. @returns its row id. */
export async function aCreditType({
  name = "JPY Credits",
  currency = "JPY",
  available = 0n,
  at,
}: {
  name?: string;
  currency?: CreateCreditTypeInput["currency"];
  available?: bigint;
  at?: Date;
} = {}): Promise<number> {
  const { id } = value(await createCreditType({ name, currency, exchangeRate: 1_000_000n }, operator));
  if (available > 0n) {
    const purchase = { creditType: id, amount: available, note: null, requestId: requestId() };
    value(await purchaseCredits(purchase, operator, at));
  }
  return id;
}

/**
 * An active organization with members and a balance in micro-credits, taken from the pool of `creditType`; without one,
 * from the pool of a new credit type that has just as much. @returns its row id.
 */
export async function anOrganization({
  code = "LAW",
  name = code,
  balance = 0n,
  creditType,
  monthlyAllowance = null,
  members = [],
  at,
}: {
  code?: string;
  name?: string;
  balance?: bigint;
  creditType?: number;
  monthlyAllowance?: bigint | null;
  /** Their emails. */
  members?: readonly string[];
  at?: Date;
} = {}): Promise<number> {
  const type =
    creditType ?? (await aCreditType({ name: `${code} Credits`, available: balance, ...(at && { at }) }));
  const { id } = value(
    await createOrganization({ name, code, creditType: type, monthlyAllowance }, operator, at),
  );
  if (balance > 0n) {
    const allocation = { organization: id, amount: balance, note: null, requestId: requestId() };
    value(await allocateCredits(allocation, operator, at));
  }
  for (const email of members) await aMember(id, { email, ...(at && { at }) });
  return id;
}

/** A member of an organization (its row id): active, a creator, with the organization's allowance. @returns the row ids. */
export async function aMember(
  organization: number,
  {
    email = "ana@example.edu",
    name = email.split("@")[0] ?? email,
    role = "creator",
    active = true,
    allowance = { allowance: "organization", monthlyAllowance: null },
    at,
  }: {
    email?: string;
    name?: string;
    role?: NewMembership["role"];
    active?: boolean;
    allowance?: AllowanceChoice;
    at?: Date;
  } = {},
): Promise<{ membership: number; member: number }> {
  const membership = { organizationId: organization, name, email, role, active, ...allowance };
  const [row] = await write((tx) => insertMemberships(tx, [membership], operator, at));
  if (!row) throw new Error(`no membership of ${email}`);
  return { membership: row.id, member: row.memberId };
}

/** An event of ana's in LAW for one credit, with these changes. */
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

/** Reports one event. @returns what was recorded, or the refusal. */
export async function spend(
  change: Partial<UsageEvent> = {},
  now?: Date,
  db: Database = database(),
): Promise<UsageResult<RecordedUsage>> {
  const [outcome] = await recordBatch([usageEvent(change)], operator, { ...(now && { now }), db });
  if (!outcome) throw new Error("no outcome");
  return outcome;
}

/** Records one event, which must not be refused. Without `now`, it is reported at the moment when it occurred. */
export async function spent(
  change: Partial<UsageEvent> = {},
  now: Date | undefined = change.occurredAt ?? undefined,
): Promise<RecordedUsage> {
  return value(await spend(change, now));
}

/** Records events in one batch, in their order; none may be refused. */
export async function spentTogether(
  changes: readonly Partial<UsageEvent>[],
  now: Date,
): Promise<RecordedUsage[]> {
  const outcomes = await recordBatch(changes.map(usageEvent), operator, { now });
  return outcomes.map((outcome) => value(outcome));
}

/** Uploads a file to be imported. @returns the import's id */
export async function anUpload(
  kind: ImportKind,
  { name, bytes }: { name: string; bytes: Uint8Array },
  user: Actor & { kind: "portal_user" },
): Promise<string> {
  return addImport(kind, await storeUpload(name, [bytes]), user);
}
