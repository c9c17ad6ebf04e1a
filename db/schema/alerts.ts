import { sql } from "drizzle-orm";
import { check, index, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { count, credits, flag, instant, rowId } from "../columns.ts";
import { organizations } from "./organizations.ts";
import { portalUsers } from "./portal-users.ts";

/** When an alert opens. A rule covers everything, one organization, or the organizations that have a tag. */
export const alertRules = sqliteTable(
  "alert_rules",
  {
    id: rowId(),
    /** What is compared, as `lib/alerts/rules/kinds.ts` lists it. */
    kind: text("kind").notNull(),
    /** What it is compared with, in the unit of the kind: micro-credits, percent, days, hours or a number. 0 where there is none. */
    threshold: credits("threshold").notNull(),
    /** At most one of the two is set; neither means everything. */
    organizationId: count("organization_id").references(() => organizations.id, { onDelete: "restrict" }),
    tag: text("tag"),
    enabled: flag("enabled").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("alert_rules_once").on(
      t.kind,
      t.threshold,
      sql`coalesce(organization_id, 0)`,
      sql`coalesce(tag, '')`,
    ),
    index("alert_rules_organization").on(t.organizationId).where(sql`organization_id IS NOT NULL`),
    index("alert_rules_tag").on(t.tag).where(sql`tag IS NOT NULL`),
    check("alert_rules_one_scope", sql`${t.organizationId} IS NULL OR ${t.tag} IS NULL`),
    check("alert_rules_threshold_not_negative", sql`${t.threshold} >= 0`),
  ],
);

/** One row: what each posting needs of all rules. */
export const alertState = sqliteTable("alert_state", {
  id: count("id").primaryKey(),
  /** Grows with every change of a rule. The limits of an organization with an older version are out of date. */
  version: count("version").notNull(),
  /** The version with which a rule about allowances last changed in a way that concerns members. */
  allowancesVersion: count("allowances_version").notNull().default(0),
  /** The percentages of all enabled rules about allowances, a JSON array, lowest first. */
  allowanceShares: text("allowance_shares").notNull(),
});

/**
 * What needs attention, or needed it. A rule has at most one unresolved alert for each subject and period. The figures
 * are those at the moment when it opened, in the unit of the kind.
 */
export const alerts = sqliteTable(
  "alerts",
  {
    id: rowId(),
    /** Null where the rule was removed since. */
    ruleId: count("rule_id").references(() => alertRules.id, { onDelete: "set null" }),
    /** Copies of the rule's at that time. */
    kind: text("kind").notNull(),
    threshold: credits("threshold").notNull(),
    subjectKind: text("subject_kind", {
      enum: ["organization", "credit_type", "membership", "api_key", "portal_user", "portal"],
    }).notNull(),
    /** The row id of the subject; 0 for the portal. */
    subjectId: count("subject_id").notNull(),
    /** The organization that the subject is or belongs to. Null for what concerns the enterprise. */
    organizationId: count("organization_id").references(() => organizations.id, { onDelete: "restrict" }),
    /**
     * What the alert is about beside its subject: a month (202611), a day (20261126) or an audit entry, by the kind. 0
     * for a figure without a period.
     */
    period: count("period").notNull(),
    state: text("state", { enum: ["open", "acknowledged", "resolved"] }).notNull(),
    value: credits("value").notNull(),
    /** What the value was compared with; null where nothing was. */
    limitValue: credits("limit_value"),
    /** What the limit is a share of: the last allocation or purchase, the month before, an allowance, a median. */
    base: credits("base"),
    openedAt: instant("opened_at").notNull(),
    /** Whether the outbox has an event about it, alone or with others. */
    announced: flag("announced").notNull(),
    acknowledgedAt: instant("acknowledged_at"),
    /** The name of the person at that time. */
    acknowledgedBy: text("acknowledged_by"),
    resolvedAt: instant("resolved_at"),
    /** Why it was resolved, as `lib/alerts/rules/kinds.ts` lists the reasons. */
    resolution: text("resolution"),
  },
  (t) => [
    uniqueIndex("alerts_once")
      .on(t.ruleId, t.subjectKind, t.subjectId, t.period)
      .where(sql`state <> 'resolved'`),
    index("alerts_unresolved").on(t.subjectKind, t.subjectId, t.period).where(sql`state <> 'resolved'`),
    index("alerts_unresolved_kind").on(t.kind, t.period).where(sql`state <> 'resolved'`),
    index("alerts_rule").on(t.ruleId),
    // The list and its filters, each newest first. SQLite appends the row id to every index.
    index("alerts_state").on(t.state, t.openedAt),
    index("alerts_kind").on(t.kind, t.state, t.openedAt),
    index("alerts_organization").on(t.organizationId, t.state, t.openedAt),
    // The newest open alerts of each kind in a part of the enterprise.
    index("alerts_open_of_organization").on(t.organizationId, t.kind, t.openedAt).where(sql`state = 'open'`),
    // How many opened lately, and the old ones that are deleted.
    index("alerts_opened").on(t.openedAt),
    index("alerts_unannounced").on(t.announced).where(sql`announced = 0`),
    check("alerts_resolved", sql`(${t.state} = 'resolved') = (${t.resolvedAt} IS NOT NULL)`),
    check("alerts_resolution", sql`(${t.resolvedAt} IS NULL) = (${t.resolution} IS NULL)`),
    check("alerts_acknowledged", sql`${t.state} <> 'acknowledged' OR ${t.acknowledgedAt} IS NOT NULL`),
  ],
);

/** The rules of which a portal user does not want to see the alerts. */
export const alertMutes = sqliteTable(
  "alert_mutes",
  {
    portalUserId: count("portal_user_id")
      .notNull()
      .references(() => portalUsers.id, { onDelete: "cascade" }),
    ruleId: count("rule_id")
      .notNull()
      .references(() => alertRules.id, { onDelete: "cascade" }),
  },
  (t) => [primaryKey({ columns: [t.portalUserId, t.ruleId] }), index("alert_mutes_rule").on(t.ruleId)],
);

/** When the command line last made a backup of this portal, and when it last verified it. */
export const healthChecks = sqliteTable("health_checks", {
  kind: text("kind", { enum: ["backup", "verify"] }).primaryKey(),
  at: instant("at").notNull(),
  /** 0 where all was well. A backup that fails is not recorded. */
  faults: count("faults").notNull(),
});
