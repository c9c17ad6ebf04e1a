import { sql } from "drizzle-orm";
import { check, index, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { count, credits, flag, instant, rowId } from "../columns.ts";
import { creditTypes } from "./credit-types.ts";

export const organizations = sqliteTable(
  "organizations",
  {
    id: rowId(),
    name: text("name").notNull(),
    code: text("code").notNull(),
    /** The folded code, which is unique. */
    codeKey: text("code_key").notNull(),
    creditTypeId: count("credit_type_id")
      .notNull()
      .references(() => creditTypes.id, { onDelete: "restrict" }),
    active: flag("active").notNull(),
    createdAt: instant("created_at").notNull(),
    /** Micro-credits that one member may spend per month. Null means no limit. */
    monthlyAllowance: credits("monthly_allowance"),
    /** Set by the first ledger entry. From then on the credit type cannot change, and the code only by an owner. */
    creditsMoved: flag("credits_moved").notNull().default(false),
    members: count("members").notNull().default(0),
    balance: credits("balance").notNull().default(sql`0`),
    spent: credits("spent").notNull().default(sql`0`),
    /** What was spent on the days from `settings.spent_last_30_days_from` on; reversals are taken off. */
    spentLast30Days: credits("spent_last_30_days").notNull().default(sql`0`),
    /**
     * How many whole days the balance lasts at the mean daily spend of these 30 days, at most 99,999; 100,000 where
     * nothing was spent, so that those come last. `lib/runway/rules.ts` computes the same.
     */
    daysLeft: count("days_left").generatedAlwaysAs(
      sql`CASE WHEN spent_last_30_days > 0 THEN min(CAST(balance * 30 / spent_last_30_days AS INTEGER), 99999) ELSE 100000 END`,
      { mode: "virtual" },
    ),
    /** Folded name: the sort key. */
    nameKey: text("name_key").notNull(),
    /** Folded name and code, one line each: the text that search reads. */
    searchText: text("search_text").notNull(),
    /**
     * The limits of alerts that a posting compares its figures with, so that it reads the rules only when one may be
     * crossed: below this balance, and from these lifetime credits spent on in this month (202611). Null where no rule
     * can be crossed. They hold for this version of the rules, see `lib/alerts/crossings.ts`. A negative version means
     * that they are out of date, and its members were last checked with that version. 0 means that neither is right.
     */
    alertVersion: count("alert_version").notNull().default(0),
    alertBelow: credits("alert_below"),
    alertSpent: credits("alert_spent"),
    alertMonth: count("alert_month"),
  },
  (t) => [
    uniqueIndex("organizations_code_key").on(t.codeKey),
    // One index per sort key. Each also has the filter columns, so that a filtered page is read from the index alone.
    // Rows with equal keys are in the order of their ids. "Created" has two indexes, because the rows of an imported
    // file share one instant and must keep the order of the file in both directions.
    index("organizations_created").on(t.createdAt, t.id, t.active, t.creditTypeId),
    index("organizations_created_desc").on(sql`created_at DESC`, t.id, t.active, t.creditTypeId),
    index("organizations_name").on(t.nameKey, t.id, t.active, t.creditTypeId),
    index("organizations_members").on(t.members, t.id, t.active, t.creditTypeId),
    index("organizations_balance").on(t.balance, t.id, t.active, t.creditTypeId),
    index("organizations_spent").on(t.spent, t.id, t.active, t.creditTypeId),
    index("organizations_spent_last_30_days").on(t.spentLast30Days, t.id, t.active, t.creditTypeId),
    index("organizations_days_left").on(t.daysLeft, t.id, t.active, t.creditTypeId),
    // Search reads this whole index, so it has the columns that the tabs count by.
    index("organizations_search_text").on(t.searchText, t.active, t.creditTypeId),
    // The organizations whose limits of alerts are out of date.
    index("organizations_alert_version").on(t.alertVersion),
    check("organizations_balance_not_negative", sql`${t.balance} >= 0`),
    check("organizations_monthly_allowance_not_negative", sql`${t.monthlyAllowance} >= 0`),
  ],
);

/** Codes that owners corrected after credits had moved: addresses and usage that still name them find the organization. */
export const organizationFormerCodes = sqliteTable(
  "organization_former_codes",
  {
    id: rowId(),
    code: text("code").notNull(),
    /** Folded code. No organization has it as its present code. */
    codeKey: text("code_key").notNull(),
    organizationId: count("organization_id")
      .notNull()
      .references(() => organizations.id, { onDelete: "restrict" }),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("organization_former_codes_code_key").on(t.codeKey),
    index("organization_former_codes_organization").on(t.organizationId),
  ],
);

/** The tags of organizations, each `key:value`, folded as `lib/tags.ts` folds them. */
export const organizationTags = sqliteTable(
  "organization_tags",
  {
    organizationId: count("organization_id")
      .notNull()
      .references(() => organizations.id, { onDelete: "restrict" }),
    tag: text("tag").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.tag] }),
    // The filter by a tag, the number of organizations per tag, and the split of spend by the tags of one key.
    index("organization_tags_tag").on(t.tag, t.organizationId),
  ],
);
