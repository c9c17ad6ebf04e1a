import { and, count, eq, gte, lt, max, min, sql } from "drizzle-orm";
import { type Database, database, write } from "#db/client.ts";
import { apiKeys, refusals } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { emailKey } from "#lib/email.ts";
import { people } from "#lib/members/aliases.ts";
import { organizationIds } from "#lib/organization-codes/queries.ts";
import { foldForUniqueness } from "#lib/text.ts";
import {
  addAmounts,
  MINUTE_MS,
  OTHERS,
  type RefusalGroup,
  ROWS_A_MINUTE,
  ROWS_A_MINUTE_OF_ORGANIZATION,
  ROWS_MAX,
} from "../rules.ts";

type Row = typeof refusals.$inferSelect;
type NewRow = Omit<Row, "id">;

const value = sql.placeholder;
const IS_IN_MINUTE = and(gte(refusals.at, value("first")), lt(refusals.at, value("end")));

const statements = {
  organizationOfKey: statement((db) =>
    db
      .select({ organizationId: apiKeys.organizationId })
      .from(apiKeys)
      .where(eq(apiKeys.id, value("id"))),
  ),
  rowsOfMinute: statement((db) => db.select({ rows: count() }).from(refusals).where(IS_IN_MINUTE)),
  minuteOfOrganization: statement((db) =>
    db
      .select()
      .from(refusals)
      .where(and(sql`${refusals.organizationId} IS ${value("organizationId")}`, IS_IN_MINUTE)),
  ),
  insert: statement((db) =>
    db.insert(refusals).values({
      at: value("at"),
      lastAt: value("lastAt"),
      organizationId: value("organizationId"),
      organizationText: value("organizationText"),
      memberId: value("memberId"),
      memberEmail: value("memberEmail"),
      memberKey: value("memberKey"),
      application: value("application"),
      applicationKey: value("applicationKey"),
      apiKeyId: value("apiKeyId"),
      request: value("request"),
      code: value("code"),
      requests: value("requests"),
      amount: value("amount"),
      remaining: value("remaining"),
    }),
  ),
  increase: statement((db) =>
    db
      .update(refusals)
      .set({
        lastAt: sql`${value("lastAt")}`,
        requests: sql`${value("requests")}`,
        amount: sql`${value("amount")}`,
        remaining: sql`${value("remaining")}`,
      })
      .where(eq(refusals.id, value("id"))),
  ),
  // Two statements: SQLite reads the whole table for both in one.
  first: statement((db) => db.select({ id: min(refusals.id) }).from(refusals)),
  last: statement((db) => db.select({ id: max(refusals.id) }).from(refusals)),
  deleteBefore: statement((db) => db.delete(refusals).where(lt(refusals.id, value("id")))),
};

/** What equal rows of one minute and organization have in common. */
const identityOf = ({
  organizationText,
  memberId,
  memberKey,
  applicationKey,
  apiKeyId,
  request,
  code,
}: NewRow) =>
  JSON.stringify([organizationText, memberId ?? memberKey, applicationKey, apiKeyId, request, code]);

const boundsOf = (minute: number) => ({ first: minute, end: minute + MINUTE_MS });

/** The rows of one organization in one minute. */
type MinuteOfOrganization = { byIdentity: Map<string, Row>; others: number };

/**
 * Writes groups of refusals in one transaction. What they name is looked up now: an organization by its present or
 * former code, a person by a present or former email. A group joins the row of its minute that equals it, also one that
 * another process has written.
 *
 * @param waitMs how long it waits for the database's write lock
 * @throws DatabaseUnavailableError; nothing was written then
 */
export async function saveRefusals(
  groups: readonly RefusalGroup[],
  {
    db = database(),
    waitMs = 0,
    rowsMax = ROWS_MAX,
  }: { db?: Database; waitMs?: number; rowsMax?: number } = {},
): Promise<void> {
  if (groups.length > 0) await write(() => insertRefusals(groups, { db, rowsMax }), db, waitMs);
}

/** {@link saveRefusals} within a transaction on `db`. */
export function insertRefusals(
  groups: readonly RefusalGroup[],
  { db = database(), rowsMax = ROWS_MAX }: { db?: Database; rowsMax?: number } = {},
): void {
  const add = adder(db);
  for (const group of groups) add(group);
  deleteExcess(db, rowsMax);
}

/** Adds groups within a transaction on `db`. */
function adder(db: Database): (group: RefusalGroup) => void {
  const organizationIdOf = organizationIds(db);
  const personOf = people(db);
  const keys = new Map<number, { organizationId: number | null } | undefined>();
  const minutes = new Map<number, number>();
  const ofOrganizations = new Map<string, MinuteOfOrganization>();

  /** Undefined for a key that a restore has removed. */
  const keyOf = (id: number) => {
    if (!keys.has(id)) keys.set(id, statements.organizationOfKey.get({ id }, db));
    return keys.get(id);
  };

  /** How many rows the minute has. */
  const rowsIn = (minute: number) => {
    let rows = minutes.get(minute);
    if (rows === undefined) {
      rows = statements.rowsOfMinute.get(boundsOf(minute), db)?.rows ?? 0;
      minutes.set(minute, rows);
    }
    return rows;
  };

  const minuteOf = (minute: number, organizationId: number | null): MinuteOfOrganization => {
    const key = `${minute} ${organizationId}`;
    const remembered = ofOrganizations.get(key);
    if (remembered) return remembered;
    const stored = statements.minuteOfOrganization.all({ organizationId, ...boundsOf(minute) }, db);
    const read = {
      byIdentity: new Map(stored.map((row) => [identityOf(row), row])),
      others: stored.filter((row) => row.code === OTHERS).length,
    };
    ofOrganizations.set(key, read);
    return read;
  };

  /** @returns false where neither the organization nor the minute has room for one more row */
  const put = (row: NewRow): boolean => {
    const minute = Math.floor(row.at.getTime() / MINUTE_MS) * MINUTE_MS;
    const there = minuteOf(minute, row.organizationId);
    const identity = identityOf(row);
    const equal = there.byIdentity.get(identity);
    if (equal) {
      if (row.lastAt > equal.lastAt) equal.lastAt = row.lastAt;
      equal.requests += row.requests;
      equal.amount = addAmounts(equal.amount, row.amount);
      equal.remaining = row.remaining;
      statements.increase.run({ ...equal, lastAt: equal.lastAt.getTime() }, db);
      return true;
    }
    const isOthers = row.code === OTHERS;
    const rows = rowsIn(minute);
    const isLast = isOthers && row.organizationId === null;
    if (!isLast && rows >= ROWS_A_MINUTE) return false;
    if (!isOthers && there.byIdentity.size - there.others >= ROWS_A_MINUTE_OF_ORGANIZATION) return false;
    const { lastInsertRowid } = statements.insert.run(row, db);
    there.byIdentity.set(identity, { ...row, id: Number(lastInsertRowid) });
    if (isOthers) there.others += 1;
    minutes.set(minute, rows + 1);
    return true;
  };

  return (group) => {
    const key = group.apiKeyId === null ? undefined : keyOf(group.apiKeyId);
    const own = key ? key.organizationId : group.keyOrganizationId;
    const named = group.organization === null ? null : organizationIdOf(group.organization);
    const organizationId = own ?? named;
    const isNamed = group.organization === null || named === organizationId;
    const row: NewRow = {
      at: new Date(group.at),
      lastAt: new Date(group.lastAt),
      organizationId,
      organizationText: isNamed && organizationId !== null ? "" : (group.organization ?? ""),
      memberId: group.member === "" ? null : (personOf(emailKey(group.member))?.id ?? null),
      memberEmail: group.member,
      memberKey: emailKey(group.member),
      application: group.application,
      applicationKey: foldForUniqueness(group.application),
      apiKeyId: key ? group.apiKeyId : null,
      request: group.request,
      code: group.code,
      requests: group.requests,
      amount: group.amount,
      remaining: group.remaining,
    };
    const others = { ...row, ...OF_OTHERS };
    if (put(row) || put(others)) return;
    put({ ...others, organizationId: null });
  };
}

/** What a row of the others has in place of what single requests named. */
const OF_OTHERS = {
  organizationText: "",
  memberId: null,
  memberEmail: "",
  memberKey: "",
  application: "",
  applicationKey: "",
  apiKeyId: null,
  request: "event",
  code: OTHERS,
  remaining: null,
} as const;

/** More rows than one minute may have, so that what is deleted keeps up with what is added. */
const DELETED_AT_ONCE = 2_000;

/** Deletes the oldest rows beyond the bound. Rows are only deleted from the oldest on, so the ids tell how many there are. */
function deleteExcess(db: Database, rowsMax: number): void {
  const first = statements.first.get({}, db)?.id ?? 0;
  const last = statements.last.get({}, db)?.id ?? 0;
  if (last - first < rowsMax) return;
  statements.deleteBefore.run({ id: Math.min(last - rowsMax + 1, first + DELETED_AT_ONCE) }, db);
}
