import { eq, sql } from "drizzle-orm";
import { type Database, database } from "#db/client.ts";
import { driverStatement, preparedOnce } from "#db/prepared.ts";
import { approvedDomains, members, memberships, organizations, settings } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { plainCredits } from "#lib/credits.ts";
import { approvingDomains, emailKey } from "#lib/email.ts";
import { monthSpentOf } from "#lib/ledger/posting.ts";
import { type AllowanceChoice, effectiveAllowance, remainingAllowance } from "#lib/members/rules.ts";
import { codeKey } from "#lib/organizations/rules.ts";
import { done, type Refused } from "#lib/result.ts";
import { monthOf } from "#lib/time.ts";
import type { UsageField, UsageRefusal } from "./rules.ts";

/** Applications and the operator report usage; nobody else. */
export type Reporter = Extract<Actor, { kind: "api_key" | "operator" }>;

/** Why nothing was or would be recorded; `details` are figures that tell what is left, as decimal strings. */
export type UsageRefused = Refused<UsageField> & {
  code: UsageRefusal;
  details?: Record<string, string | null>;
};
export type UsageResult<T> = { ok: true; value: T } | UsageRefused;

export function refusal(
  code: UsageRefusal,
  message: string,
  field?: UsageField,
  details?: Record<string, string | null>,
): UsageRefused {
  return { ok: false, code, message, ...(field && { field }), ...(details && { details }) };
}

const value = sql.placeholder;

const ORGANIZATION = {
  id: organizations.id,
  code: organizations.code,
  active: organizations.active,
  balance: organizations.balance,
  creditTypeId: organizations.creditTypeId,
  monthlyAllowance: organizations.monthlyAllowance,
};

function prepareStatements(db: Database) {
  return {
    settings: db.select({ timeZone: settings.timeZone }).from(settings).prepare(),
    organizationByKey: db
      .select(ORGANIZATION)
      .from(organizations)
      .where(eq(organizations.codeKey, value("codeKey")))
      .prepare(),
    organizationById: db
      .select(ORGANIZATION)
      .from(organizations)
      .where(eq(organizations.id, value("id")))
      .prepare(),
    // Two statements: SQLite takes three times as long for them joined.
    person: driverStatement<[id: bigint, email: string]>(
      db,
      db
        .select({ id: members.id, email: members.email })
        .from(members)
        .where(eq(members.emailKey, value("emailKey"))),
    ),
    membership: driverStatement<
      [id: bigint, active: bigint, allowance: AllowanceChoice["allowance"], monthlyAllowance: bigint | null]
    >(
      db,
      db
        .select({
          id: memberships.id,
          active: memberships.active,
          allowance: memberships.allowance,
          monthlyAllowance: memberships.monthlyAllowance,
        })
        .from(memberships)
        .where(
          sql`${memberships.memberId} = ${value("memberId")} AND ${memberships.organizationId} = ${value("organizationId")}`,
        ),
    ),
    approvedDomain: db
      .select({ id: approvedDomains.id })
      .from(approvedDomains)
      .where(
        sql`${approvedDomains.organizationId} = ${value("organizationId")} AND ${approvedDomains.domain} IN (SELECT value FROM json_each(${value("domains")}))`,
      )
      .prepare(),
  };
}

const statementsOf = preparedOnce(prepareStatements);
type Statements = ReturnType<typeof prepareStatements>;
export type SpendingOrganization = NonNullable<ReturnType<Statements["organizationById"]["get"]>>;
export type SpendingMember = {
  /** The membership's. */
  id: number;
  memberId: number;
  email: string;
  active: boolean;
  allowance: AllowanceChoice["allowance"];
  monthlyAllowance: bigint | null;
};

/** What a transaction has looked up already; nothing else may change that meanwhile. */
export type Lookups = {
  /** By who may speak for what, and what was named. */
  organizations: Map<string, UsageResult<SpendingOrganization>>;
  spenders: Map<string, UsageResult<SpendingMember | null>>;
  applications: Map<string, number>;
};

export function noLookups(): Lookups {
  return { organizations: new Map(), spenders: new Map(), applications: new Map() };
}

/** The map's value for `key`, found by `find` the first time. */
export function remembered<K, V>(map: Map<K, V>, key: K, find: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const found = find();
  map.set(key, found);
  return found;
}

/** The enterprise's time zone, by which days and months begin. */
export function timeZoneOf(db: Database): string {
  return statementsOf(db).settings.get()?.timeZone ?? "UTC";
}

/** The reporter's organization, or the one that it names and may speak for. */
export function organizationFor(
  named: string | null,
  reporter: Reporter,
  db: Database = database(),
): UsageResult<SpendingOrganization> {
  const statements = statementsOf(db);
  const own = reporter.kind === "api_key" ? reporter.organizationId : null;
  if (own !== null) {
    const organization = statements.organizationById.get({ id: own });
    if (!organization) throw new Error(`no organization ${own}`);
    if (named !== null && codeKey(named) !== codeKey(organization.code)) {
      return refusal(
        "forbidden_organization",
        `This key belongs to ${organization.code} and may not report for another organization.`,
        "organization",
      );
    }
    return done(organization);
  }
  if (named === null) {
    return refusal(
      "invalid_request",
      "Name the organization: this key belongs to the enterprise.",
      "organization",
    );
  }
  const organization = statements.organizationByKey.get({ codeKey: codeKey(named) });
  return organization
    ? done(organization)
    : refusal("organization_not_found", `There is no organization with the code ${named}.`, "organization");
}

function memberIn(organizationId: number, emailKey: string, statements: Statements): SpendingMember | null {
  const person = statements.person.get({ emailKey });
  if (!person) return null;
  const [memberId, email] = person;
  const membership = statements.membership.get({ memberId, organizationId });
  if (!membership) return null;
  const [id, active, allowance, monthlyAllowance] = membership;
  return {
    id: Number(id),
    memberId: Number(memberId),
    email,
    active: active !== 0n,
    allowance,
    monthlyAllowance,
  };
}

/** Who may spend there: a member, or null for somebody whom the first spend adds, by an approved e-mail domain. */
export function spenderIn(
  organization: SpendingOrganization,
  email: string,
  db: Database,
): UsageResult<SpendingMember | null> {
  const statements = statementsOf(db);
  if (!organization.active) {
    return refusal("organization_inactive", `${organization.code} is inactive: nothing may be spent.`);
  }
  const key = emailKey(email);
  const member = memberIn(organization.id, key, statements);
  if (!member) {
    const domains = JSON.stringify(approvingDomains(key));
    return statements.approvedDomain.get({ organizationId: organization.id, domains })
      ? done(null)
      : refusal("member_not_found", `${email} is not a member of ${organization.code}.`, "member");
  }
  return member.active
    ? done(member)
    : refusal("member_inactive", `${member.email} is inactive in ${organization.code}.`, "member");
}

/** What one member may spend in a month there; null is no limit. */
export function allowanceOf(
  member: SpendingMember | null,
  organization: SpendingOrganization,
): bigint | null {
  return effectiveAllowance(
    member ?? { allowance: "organization", monthlyAllowance: null },
    organization.monthlyAllowance,
  );
}

/** What a member may still spend, in micro-credits; null is no limit. */
export type Spendable = {
  /** May anything be spent, or as much as was asked about? */
  allowed: boolean;
  /** The smaller of balance and what remains of the allowance. */
  spendable: bigint;
  organization: { code: string; balance: bigint };
  member: { email: string; spentThisMonth: bigint; allowance: bigint | null; remaining: bigint | null };
};

/** What a member may still spend now, or why nothing: the refusals are those of a spend. One snapshot, no write. */
export function spendableBy(
  asked: { organization: string | null; member: string; credits: bigint | null },
  reporter: Reporter,
  { now = new Date(), db = database() }: { now?: Date; db?: Database } = {},
): UsageResult<Spendable> {
  return db.transaction(() => {
    const found = organizationFor(asked.organization, reporter, db);
    if (!found.ok) return found;
    const organization = found.value;
    const spender = spenderIn(organization, asked.member, db);
    if (!spender.ok) return spender;
    const member = spender.value;
    const month = monthOf(now, timeZoneOf(db));
    const spent = member ? monthSpentOf(db, member.id, month) : 0n;
    const allowance = allowanceOf(member, organization);
    const remaining = remainingAllowance(allowance, spent);
    const { code, balance } = organization;
    const spendable = remaining !== null && remaining < balance ? remaining : balance;
    return done({
      allowed: asked.credits === null ? spendable > 0n : asked.credits <= spendable,
      spendable,
      organization: { code, balance },
      member: { email: member?.email ?? asked.member, spentThisMonth: spent, allowance, remaining },
    });
  });
}

/** The refusal of more than the organization's balance. */
export function tooLittleCredits(code: string, balance: bigint, asked: bigint): UsageRefused {
  return refusal(
    "insufficient_credits",
    `${code} has ${plainCredits(balance)} credits left; ${plainCredits(asked)} were asked for.`,
    undefined,
    { balance: plainCredits(balance) },
  );
}

/** The refusal of more than is left of a member's month, e.g. 202611. */
export function allowanceExceeded(
  email: string,
  figures: { allowance: bigint; spentThisMonth: bigint; remaining: bigint },
  asked: bigint,
  month: number,
): UsageRefused {
  const name = `${Math.floor(month / 100)}-${String(month % 100).padStart(2, "0")}`;
  const { allowance, spentThisMonth, remaining } = figures;
  return refusal(
    "allowance_exceeded",
    `${email} has ${plainCredits(remaining)} of ${plainCredits(allowance)} credits left in ${name}; ${plainCredits(asked)} were asked for.`,
    undefined,
    {
      month: name,
      allowance: plainCredits(allowance),
      spentThisMonth: plainCredits(spentThisMonth),
      remaining: plainCredits(remaining),
    },
  );
}
