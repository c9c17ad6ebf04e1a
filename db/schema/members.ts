import { sql } from "drizzle-orm";
import {
  type AnySQLiteColumn,
  check,
  index,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import { count, credits, flag, instant, rowId } from "../columns.ts";
import { creditTypes } from "./credit-types.ts";
import { organizations } from "./organizations.ts";

/** People. A person in two organizations is one member with two memberships. */
export const members = sqliteTable(
  "members",
  {
    id: rowId(),
    name: text("name").notNull(),
    email: text("email").notNull(),
    /** The folded email, which is unique. */
    emailKey: text("email_key").notNull(),
    createdAt: instant("created_at").notNull(),
    /** Counters over the person's memberships. */
    memberships: count("memberships").notNull().default(0),
    activeMemberships: count("active_memberships").notNull().default(0),
    spent: credits("spent").notNull().default(sql`0`),
    /** When the latest spend occurred. Null before the first spend. */
    lastActiveAt: instant("last_active_at"),
    /** Folded name: the sort key. */
    nameKey: text("name_key").notNull(),
    /** Folded name, email and former emails, one line each: the text that search reads. */
    searchText: text("search_text").notNull(),
  },
  (t) => [
    uniqueIndex("members_email_key").on(t.emailKey),
    // One index per sort key, each with the column of the status filter.
    index("members_name").on(t.nameKey, t.id, t.activeMemberships),
    index("members_spent").on(t.spent, t.id, t.activeMemberships),
    index("members_last_active").on(t.lastActiveAt, t.id, t.activeMemberships),
    index("members_created").on(t.createdAt, t.id, t.activeMemberships),
    // Search reads this whole index.
    index("members_search_text").on(t.searchText, t.activeMemberships),
    // For counting inactive members; the active ones are the rest.
    index("members_inactive").on(t.activeMemberships).where(sql`active_memberships = 0`),
  ],
);

/** Former emails of people. Usage, files and filters that still name one find the person. */
export const memberAliases = sqliteTable(
  "member_aliases",
  {
    id: rowId(),
    memberId: count("member_id")
      .notNull()
      .references(() => members.id, { onDelete: "restrict" }),
    email: text("email").notNull(),
    /** Folded email. Nobody has it as the present email. */
    emailKey: text("email_key").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("member_aliases_email_key").on(t.emailKey),
    index("member_aliases_member").on(t.memberId),
  ],
);

/** One member in one organization. */
export const memberships = sqliteTable(
  "memberships",
  {
    id: rowId(),
    memberId: count("member_id")
      .notNull()
      .references(() => members.id, { onDelete: "restrict" }),
    organizationId: count("organization_id")
      .notNull()
      .references(() => organizations.id, { onDelete: "restrict" }),
    role: text("role", { enum: ["admin", "creator", "viewer"] }).notNull(),
    active: flag("active").notNull(),
    /** Which monthly allowance applies: the organization's, the membership's own, or none. */
    allowance: text("allowance", { enum: ["organization", "own", "unlimited"] }).notNull(),
    /** Micro-credits per month. Not null exactly when the allowance is the membership's own. */
    monthlyAllowance: credits("monthly_allowance"),
    createdAt: instant("created_at").notNull(),
    spent: credits("spent").notNull().default(sql`0`),
    lastActiveAt: instant("last_active_at"),
    /** A copy of the member's, so that an index can sort an organization's members. */
    nameKey: text("name_key").notNull(),
    /**
     * The same person's membership in the same organization that counts in place of this one, because two people who
     * both had spent there were merged. This one is inactive for good, and is never named by another one.
     */
    mergedIntoId: count("merged_into_id").references((): AnySQLiteColumn => memberships.id, {
      onDelete: "restrict",
    }),
    /**
     * The latest month in which the membership spent, e.g. 202611, if that was 80 % of today's allowance or more, else
     * null. What merged memberships spent counts too. Triggers keep it when a sum, an allowance or a merge changes.
     */
    nearAllowanceMonth: count("near_allowance_month"),
  },
  (t) => [
    uniqueIndex("memberships_organization_member")
      .on(t.organizationId, t.memberId)
      .where(sql`merged_into_id IS NULL`),
    index("memberships_merged_into").on(t.mergedIntoId).where(sql`merged_into_id IS NOT NULL`),
    // Each index also has the columns that the lists filter by, so that only the rows of one page are read.
    index("memberships_member").on(t.memberId, t.organizationId, t.role, t.active),
    index("memberships_role").on(t.role, t.active, t.memberId),
    index("memberships_organization_name").on(
      t.organizationId,
      t.nameKey,
      t.id,
      t.active,
      t.role,
      t.memberId,
    ),
    index("memberships_organization_spent").on(t.organizationId, t.spent, t.id, t.active, t.role, t.memberId),
    // The filter "at or above 80 %". Partial, so that a membership below that costs nothing.
    index("memberships_near_allowance")
      .on(t.nearAllowanceMonth, t.organizationId, t.memberId, t.role, t.active)
      .where(sql`near_allowance_month IS NOT NULL`),
    check("memberships_allowance", sql`(${t.allowance} = 'own') = (${t.monthlyAllowance} IS NOT NULL)`),
    check("memberships_monthly_allowance_not_negative", sql`${t.monthlyAllowance} >= 0`),
  ],
);

/**
 * Each merge of a membership into another one, in the order of the ledger: entries up to `after_entry_id` are older than
 * the merge. So an event that is sent again is answered as the first time, whatever the clock showed and whatever was
 * merged since. Append-only.
 */
export const membershipMerges = sqliteTable(
  "membership_merges",
  {
    membershipId: count("membership_id")
      .notNull()
      .references(() => memberships.id, { onDelete: "restrict" }),
    intoId: count("into_id")
      .notNull()
      .references(() => memberships.id, { onDelete: "restrict" }),
    afterEntryId: count("after_entry_id").notNull(),
  },
  (t) => [primaryKey({ columns: [t.intoId, t.membershipId] })],
);

// Counts over the memberships of the whole enterprise. Triggers keep them, because many commands change memberships;
// `verify` recomputes them.

/** The memberships of each credit type's organizations, by role and status. */
export const creditTypeMembers = sqliteTable(
  "credit_type_members",
  {
    creditTypeId: count("credit_type_id")
      .notNull()
      .references(() => creditTypes.id, { onDelete: "restrict" }),
    role: text("role", { enum: ["admin", "creator", "viewer"] }).notNull(),
    active: flag("active").notNull(),
    members: count("members").notNull(),
  },
  (t) => [primaryKey({ columns: [t.creditTypeId, t.role, t.active] })],
);

/** How many memberships had usage in a month, e.g. 202611, be it of 0 credits or reversed later. */
export const creditTypeMonths = sqliteTable(
  "credit_type_months",
  {
    creditTypeId: count("credit_type_id")
      .notNull()
      .references(() => creditTypes.id, { onDelete: "restrict" }),
    month: count("month").notNull(),
    activeMembers: count("active_members").notNull(),
  },
  (t) => [primaryKey({ columns: [t.month, t.creditTypeId] })],
);

/** Approved email domains: the first usage event of an unknown person with such an address adds a membership. */
export const approvedDomains = sqliteTable(
  "approved_domains",
  {
    id: rowId(),
    organizationId: count("organization_id")
      .notNull()
      .references(() => organizations.id, { onDelete: "restrict" }),
    /** Lower case, without the @; `*.example.edu` is example.edu and its subdomains. */
    domain: text("domain").notNull(),
  },
  (t) => [uniqueIndex("approved_domains_organization_domain").on(t.organizationId, t.domain)],
);
