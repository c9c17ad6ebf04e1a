import { and, count, eq, gt, sql } from "drizzle-orm";
import type { Database, Transaction } from "#db/client.ts";
import { applications } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { done } from "#lib/result.ts";
import { foldForUniqueness } from "#lib/text.ts";
import type { Lookups, Reporter } from "../queries/spenders.ts";
import {
  NEW_APPLICATIONS_A_DAY,
  refused,
  type UsageEvent,
  type UsageRefused,
  type UsageResult,
} from "../rules/event.ts";

const value = sql.placeholder;

const statements = {
  application: statement((db) =>
    db
      .select({ id: applications.id })
      .from(applications)
      .where(eq(applications.nameKey, value("nameKey"))),
  ),
  newByKey: statement((db) =>
    db
      .select({ count: count() })
      .from(applications)
      .where(and(eq(applications.apiKeyId, value("apiKeyId")), gt(applications.createdAt, value("since")))),
  ),
  newInOrganization: statement((db) =>
    db
      .select({ count: count() })
      .from(applications)
      .where(
        and(
          eq(applications.organizationId, value("organizationId")),
          gt(applications.createdAt, value("since")),
        ),
      ),
  ),
};

/** The transaction in which an event is recorded. */
type Recording = { tx: Transaction; db: Database; reporter: Reporter; now: Date; lookups: Lookups };

/** The row id of the event's application, which its first event adds. */
export function applicationFor(
  event: UsageEvent,
  organization: { id: number; code: string },
  recording: Recording,
): UsageResult<number> {
  const { lookups, db } = recording;
  const nameKey = foldForUniqueness(event.application);
  const earlier = lookups.applications.get(nameKey) ?? statements.application.get({ nameKey }, db)?.id;
  const application =
    earlier === undefined
      ? addApplication(event.application, nameKey, organization, recording)
      : done(earlier);
  if (application.ok) lookups.applications.set(nameKey, application.value);
  return application;
}

function addApplication(
  name: string,
  nameKey: string,
  organization: { id: number; code: string },
  { tx, db, reporter, now }: Recording,
): UsageResult<number> {
  const apiKeyId = reporter.kind === "api_key" ? reporter.id : null;
  if (apiKeyId !== null) {
    const since = now.getTime() - 24 * 3_600_000;
    const byKey = statements.newByKey.get({ apiKeyId, since }, db)?.count ?? 0;
    const inOrganization = statements.newInOrganization.get({ organizationId: organization.id, since }, db);
    const refusal = tooManyApplications(organization.code, byKey, inOrganization?.count ?? 0);
    if (refusal) return refusal;
  }
  const { id } = tx
    .insert(applications)
    .values({ name, nameKey, createdAt: now, organizationId: organization.id, apiKeyId })
    .returning({ id: applications.id })
    .get();
  return done(id);
}

/**
 * The refusal of one more new application name. Without it, a sender that invents a name for each call would add
 * thousands.
 */
function tooManyApplications(code: string, byKey: number, inOrganization: number): UsageRefused | null {
  const whose =
    inOrganization >= NEW_APPLICATIONS_A_DAY ? code : byKey >= NEW_APPLICATIONS_A_DAY ? "This API key" : null;
  if (whose === null) return null;
  return refused(
    "too_many_applications",
    `${whose} has brought ${NEW_APPLICATIONS_A_DAY} new application names in 24 hours. Send one name for each application, and put what differs from call to call into metadata.`,
    "application",
  );
}
