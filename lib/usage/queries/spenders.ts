import { eq, sql } from "drizzle-orm";
import { type Database, database } from "#db/client.ts";
import {
  approvedDomains,
  memberAliases,
  members,
  memberships,
  organizationFormerCodes,
  organizations,
  settings,
} from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import type { Actor } from "#lib/actor.ts";
import { approvingDomains, emailKey } from "#lib/email.ts";
import { mergedMonthSpent } from "#lib/ledger/merged-months.ts";
import type { AllowanceChoice } from "#lib/members/rules.ts";
import { codeKey } from "#lib/organization-codes/rules.ts";
import { done } from "#lib/result.ts";
import { refused, type UsageResult } from "../rules/event.ts";

/** Applications and the operator report usage; nobody else. */
export type Reporter = Extract<Actor, { kind: "api_key" | "operator" }>;

const value = sql.placeholder;

const ORGANIZATION = {
  id: organizations.id,
  code: organizations.code,
  active: organizations.active,
  balance: organizations.balance,
  creditTypeId: organizations.creditTypeId,
  monthlyAllowance: organizations.monthlyAllowance,
};

const statements = {
  settings: statement((db) => db.select({ timeZone: settings.timeZone }).from(settings)),
  organizationByKey: statement((db) =>
    db
      .select(ORGANIZATION)
      .from(organizations)
      .where(eq(organizations.codeKey, value("codeKey"))),
  ),
  organizationOfFormerCode: statement((db) =>
    db
      .select({ id: organizationFormerCodes.organizationId })
      .from(organizationFormerCodes)
      .where(eq(organizationFormerCodes.codeKey, value("codeKey"))),
  ),
  organizationById: statement((db) =>
    db
      .select(ORGANIZATION)
      .from(organizations)
      .where(eq(organizations.id, value("id"))),
  ),
  // Two statements: SQLite takes three times as long for them joined.
  person: statement((db) =>
    db
      .select({ id: members.id, email: members.email })
      .from(members)
      .where(eq(members.emailKey, value("emailKey"))),
  ),
  personOfAlias: statement((db) =>
    db
      .select({ id: members.id, email: members.email })
      .from(memberAliases)
      .innerJoin(members, eq(members.id, memberAliases.memberId))
      .where(eq(memberAliases.emailKey, value("emailKey"))),
  ),
  membership: statement((db) =>
    db
      .select({
        id: memberships.id,
        active: memberships.active,
        allowance: memberships.allowance,
        monthlyAllowance: memberships.monthlyAllowance,
        hasMerged: sql<bigint>`EXISTS (SELECT 1 FROM memberships merged WHERE merged.merged_into_id = memberships.id)`,
      })
      .from(memberships)
      .where(
        sql`${memberships.memberId} = ${value("memberId")} AND ${memberships.organizationId} = ${value("organizationId")} AND ${memberships.mergedIntoId} IS NULL`,
      ),
  ),
  approvedDomain: statement((db) =>
    db
      .select({ id: approvedDomains.id })
      .from(approvedDomains)
      .where(
        sql`${approvedDomains.organizationId} = ${value("organizationId")} AND ${approvedDomains.domain} IN (SELECT value FROM json_each(${value("domains")}))`,
      ),
  ),
};

export type SpendingOrganization = NonNullable<ReturnType<typeof statements.organizationById.get>>;
export type SpendingMember = {
  /** The membership's. */
  id: number;
  memberId: number;
  email: string;
  active: boolean;
  allowance: AllowanceChoice["allowance"];
  monthlyAllowance: bigint | null;
  /** Whether other memberships were merged into this one, whose spending counts too. */
  hasMerged: boolean;
};

/** What a transaction has looked up already. Within the transaction nothing else can change it. */
export type Lookups = {
  /** By the key's own organization and the organization that the event names. */
  organizations: Map<string, UsageResult<SpendingOrganization>>;
  spenders: Map<string, UsageResult<SpendingMember | null>>;
  applications: Map<string, number>;
};

export function noLookups(): Lookups {
  return { organizations: new Map(), spenders: new Map(), applications: new Map() };
}

/** The map's value for `key`, which `find` gives the first time. */
export function lookup<K, V>(map: Map<K, V>, key: K, find: () => V): V {
  const earlier = map.get(key);
  if (earlier !== undefined) return earlier;
  const value = find();
  map.set(key, value);
  return value;
}

/** The enterprise's time zone, by which days and months begin. */
export function timeZoneOf(db: Database): string {
  return statements.settings.get({}, db)?.timeZone ?? "UTC";
}

function organizationOfFormerCode(named: string, db: Database): SpendingOrganization | undefined {
  const former = statements.organizationOfFormerCode.get({ codeKey: codeKey(named) }, db);
  return former && statements.organizationById.get({ id: former.id }, db);
}

/** The organization of the reporter's key, or the one that the event names and the reporter may report for. */
export function organizationFor(
  named: string | null,
  reporter: Reporter,
  db: Database = database(),
): UsageResult<SpendingOrganization> {
  const own = reporter.kind === "api_key" ? reporter.organizationId : null;
  if (own !== null) {
    const organization = statements.organizationById.get({ id: own }, db);
    if (!organization) throw new Error(`no organization ${own}`);
    const isOwn =
      named === null ||
      codeKey(named) === codeKey(organization.code) ||
      statements.organizationOfFormerCode.get({ codeKey: codeKey(named) }, db)?.id === own;
    if (!isOwn) {
      return refused(
        "forbidden_organization",
        `This key belongs to ${organization.code} and may not report for another organization.`,
        "organization",
      );
    }
    return done(organization);
  }
  if (named === null) {
    return refused(
      "invalid_request",
      "Name the organization: this key belongs to the enterprise.",
      "organization",
    );
  }
  const organization =
    statements.organizationByKey.get({ codeKey: codeKey(named) }, db) ?? organizationOfFormerCode(named, db);
  return organization
    ? done(organization)
    : refused("organization_not_found", `There is no organization with the code ${named}.`, "organization");
}

function memberIn(organizationId: number, emailKey: string, db: Database): SpendingMember | null {
  type Person = [id: bigint, email: string];
  const person =
    statements.person.list<Person>({ emailKey }, db) ??
    statements.personOfAlias.list<Person>({ emailKey }, db);
  if (!person) return null;
  const [memberId, email] = person;
  const membership = statements.membership.list<
    [
      id: bigint,
      active: bigint,
      allowance: AllowanceChoice["allowance"],
      monthlyAllowance: bigint | null,
      hasMerged: bigint,
    ]
  >({ memberId, organizationId }, db);
  if (!membership) return null;
  const [id, active, allowance, monthlyAllowance, hasMerged] = membership;
  return {
    id: Number(id),
    memberId: Number(memberId),
    email,
    active: active !== 0n,
    allowance,
    monthlyAllowance,
    hasMerged: hasMerged !== 0n,
  };
}

/** What memberships merged into the member's spent in a month, see {@link mergedMonthSpent}. */
export function mergedSpentOf(member: SpendingMember, month: number, db: Database): bigint {
  return member.hasMerged ? mergedMonthSpent({ membershipId: member.id, month }, db) : 0n;
}

/**
 * The member who would spend there, active or not. Null if the first spend would add the person, because the email's
 * domain is approved.
 */
export function spenderIn(
  organization: SpendingOrganization,
  email: string,
  db: Database,
): UsageResult<SpendingMember | null> {
  const key = emailKey(email);
  const member = memberIn(organization.id, key, db);
  if (member) return done(member);
  const domains = JSON.stringify(approvingDomains(key));
  return statements.approvedDomain.get({ organizationId: organization.id, domains }, db)
    ? done(null)
    : refused("member_not_found", `${email} is not a member of ${organization.code}.`, "member");
}
