import { sql } from "drizzle-orm";
import {
  type AnySQLiteColumn,
  blob,
  check,
  index,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import { count, credits, instant, rowId } from "../columns.ts";
import { apiKeys } from "./api-keys.ts";
import { creditTypes } from "./credit-types.ts";
import { memberships } from "./members.ts";
import { organizations } from "./organizations.ts";

/** The applications that members spend in. The first usage event of an application creates its row. */
export const applications = sqliteTable(
  "applications",
  {
    id: rowId(),
    name: text("name").notNull(),
    /** The folded name, which is unique. */
    nameKey: text("name_key").notNull(),
    createdAt: instant("created_at").notNull(),
    /** The organization and the API key of its first event; null without one. */
    organizationId: count("organization_id").references(() => organizations.id, { onDelete: "restrict" }),
    apiKeyId: count("api_key_id").references(() => apiKeys.id, { onDelete: "restrict" }),
    /** When an admin took it out of the lists to choose from; null while it is in them. */
    hiddenAt: instant("hidden_at"),
    /**
     * The application that is shown in place of this one since an admin merged them; null without one. The ledger and its counters
     * go on to name this one, and readers add the two up. That application is not merged itself.
     */
    mergedIntoId: count("merged_into_id").references((): AnySQLiteColumn => applications.id),
  },
  (t) => [
    uniqueIndex("applications_name_key").on(t.nameKey),
    index("applications_merged_into").on(t.mergedIntoId).where(sql`merged_into_id IS NOT NULL`),
    // How many new names one organization and one key have brought in a day.
    index("applications_organization").on(t.organizationId, t.createdAt),
    index("applications_api_key").on(t.apiKeyId, t.createdAt),
  ],
);

/** The model that an entry's metadata names. Queries need this very text to use the index. */
export const ENTRY_MODEL = sql.raw("(metadata ->> '$.model')");

/** What an entry of a spend or of its reversal adds to what was spent. Queries need this very text to use the index. */
export const ENTRY_SPENT = sql.raw("(CASE credit_account WHEN 'consumed' THEN amount ELSE -amount END)");

/** The API key that an entry counts for: a reversal, which may have another key or none, counts for its entry's. */
export const ENTRY_API_KEY =
  sql.raw(`(CASE WHEN ledger_entries.reverses_id IS NULL THEN ledger_entries.api_key_id
  ELSE (SELECT o.api_key_id FROM ledger_entries o WHERE o.id = ledger_entries.reverses_id) END)`);

const account = { enum: ["outside", "pool", "organization", "consumed"] } as const;

/**
 * The double-entry ledger: each entry moves an amount from its debit account to its credit account. All accounts of a
 * credit type add up to zero. Triggers refuse updates and deletes. See docs/concepts/ledger.md.
 */
export const ledgerEntries = sqliteTable(
  "ledger_entries",
  {
    id: rowId(),
    kind: text("kind", { enum: ["purchase", "allocation", "return", "spend", "reversal"] }).notNull(),
    /** The account that credits leave. */
    debitAccount: text("debit_account", account).notNull(),
    /** The account that credits enter. */
    creditAccount: text("credit_account", account).notNull(),
    /** Micro-credits: 0 or more for a spend and its reversal, else more than zero. */
    amount: credits("amount").notNull(),
    creditTypeId: count("credit_type_id")
      .notNull()
      .references(() => creditTypes.id, { onDelete: "restrict" }),
    /** Null for a purchase. */
    organizationId: count("organization_id").references(() => organizations.id, { onDelete: "restrict" }),
    /** Who spent, and in which application. Null unless the entry is a spend or the reversal of one. */
    membershipId: count("membership_id").references(() => memberships.id, { onDelete: "restrict" }),
    applicationId: count("application_id").references(() => applications.id, { onDelete: "restrict" }),
    /** The entry that this reversal corrects. */
    reversesId: count("reverses_id"),
    /** When it happened. A reversal has the date of its entry, so that the sums of each period stay right. */
    occurredAt: instant("occurred_at").notNull(),
    /** The day that it counts for, e.g. 20261123, in the enterprise's time zone when it was recorded. */
    day: count("day").notNull(),
    recordedAt: instant("recorded_at").notNull(),
    /**
     * The sender's id. It is unique within `source` and organization, so an event that is sent twice is recorded once.
     */
    externalId: text("external_id").notNull(),
    /** "" for the usage API, "portal" for people and the command line, or the source of a CloudEvent. */
    source: text("source").notNull(),
    /** The first 16 bytes of the SHA-256 of the request. They distinguish a repeated request from a conflict. */
    requestHash: blob("request_hash", { mode: "buffer" }).notNull(),
    /** The organization's balance right after this entry; for a purchase, the pool's. */
    balanceAfter: credits("balance_after").notNull(),
    /**
     * For a spend: the member's spending in the month after it, and the allowance at that time. A repeat is answered
     * with them.
     */
    monthSpentAfter: credits("month_spent_after"),
    allowanceThen: credits("allowance_then"),
    apiKeyId: count("api_key_id").references(() => apiKeys.id, { onDelete: "restrict" }),
    /** The JSON object that the application sent. */
    metadata: text("metadata"),
    /** A note of a person, such as an order number or a reason. */
    note: text("note"),
  },
  (t) => [
    uniqueIndex("ledger_entries_external_id").on(t.externalId, t.source, sql`coalesce(organization_id, 0)`),
    uniqueIndex("ledger_entries_reverses").on(t.reversesId).where(sql`reverses_id IS NOT NULL`),
    // The list's filters, each newest first. SQLite appends the row id to every index.
    index("ledger_entries_occurred").on(t.occurredAt),
    // Carries what the splits of an organization's spending read, so that they read no entry.
    index("ledger_entries_organization").on(
      t.organizationId,
      t.occurredAt,
      t.id,
      sql`${ENTRY_MODEL}`,
      t.day,
      t.applicationId,
      t.membershipId,
      sql`${ENTRY_SPENT}`,
    ),
    index("ledger_entries_membership").on(t.membershipId, t.occurredAt),
    index("ledger_entries_application").on(t.applicationId, t.occurredAt),
    index("ledger_entries_credit_type").on(t.creditTypeId, t.occurredAt),
    // Partial, so that an entry without a key costs nothing.
    index("ledger_entries_api_key").on(t.apiKeyId, t.occurredAt).where(sql`api_key_id IS NOT NULL`),
    // Nearly all entries are spends, so only the other kinds are indexed.
    index("ledger_entries_kind").on(t.kind, t.occurredAt).where(sql`kind <> 'spend'`),
    // Partial, so that an event without a model costs nothing.
    index("ledger_entries_model")
      .on(sql`${ENTRY_MODEL}`, t.occurredAt)
      .where(sql`${ENTRY_MODEL} IS NOT NULL`),
    // The history of a pool: few entries beside the spends and their reversals, which have a membership.
    index("ledger_entries_pool").on(t.creditTypeId, t.occurredAt).where(sql`membership_id IS NULL`),
    index("ledger_entries_organization_kind").on(t.organizationId, t.occurredAt).where(sql`kind <> 'spend'`),
    check(
      "ledger_entries_amount",
      sql`${t.amount} > 0 OR (${t.amount} = 0 AND 'consumed' IN (${t.debitAccount}, ${t.creditAccount}))`,
    ),
    check("ledger_entries_balance_not_negative", sql`${t.balanceAfter} >= 0`),
    check(
      "ledger_entries_accounts",
      sql`CASE ${t.kind}
        WHEN 'purchase' THEN ${t.debitAccount} = 'outside' AND ${t.creditAccount} = 'pool'
        WHEN 'allocation' THEN ${t.debitAccount} = 'pool' AND ${t.creditAccount} = 'organization'
        WHEN 'return' THEN ${t.debitAccount} = 'organization' AND ${t.creditAccount} = 'pool'
        WHEN 'spend' THEN ${t.debitAccount} = 'organization' AND ${t.creditAccount} = 'consumed'
        ELSE ${t.reversesId} IS NOT NULL AND ${t.debitAccount} <> ${t.creditAccount} END`,
    ),
    check("ledger_entries_reverses", sql`(${t.kind} = 'reversal') = (${t.reversesId} IS NOT NULL)`),
    check(
      "ledger_entries_organization",
      sql`(${t.organizationId} IS NULL) = ('organization' NOT IN (${t.debitAccount}, ${t.creditAccount}))`,
    ),
    check(
      "ledger_entries_member",
      sql`(${t.membershipId} IS NOT NULL AND ${t.applicationId} IS NOT NULL) = ('consumed' IN (${t.debitAccount}, ${t.creditAccount}))`,
    ),
  ],
);

/**
 * What is known of the deal behind a purchase. The hash chain does not cover it; the audit entry of the purchase has the
 * same values, and `verify` compares the two. Append-only.
 */
export const purchaseDetails = sqliteTable("purchase_details", {
  entryId: count("entry_id")
    .primaryKey()
    .references(() => ledgerEntries.id, { onDelete: "restrict" }),
  /** The day of the deal, e.g. 20261123. The entry itself counts for the day on which it was recorded. */
  day: count("day"),
  /** In millionths of a unit of the credit type's currency. */
  paid: credits("paid"),
  invoiceNumber: text("invoice_number"),
});

/**
 * The hash chain over the entries, see `db/ledger-chain.ts`: a row for each transaction that recorded some, and a first
 * one for all that were there before the chain. Append-only.
 */
export const ledgerChain = sqliteTable("ledger_chain", {
  /** The last entry of the transaction; its first one follows on the row before. */
  lastId: count("last_id").primaryKey(),
  /** 16 bytes. */
  hash: blob("hash", { mode: "buffer" }).notNull(),
});

// Sums of spending. Commands update them in the transaction that records a spend; `verify` recomputes them.

/** By membership and month, e.g. 202611. The monthly allowance is compared with this sum. */
export const membershipMonths = sqliteTable(
  "membership_months",
  {
    membershipId: count("membership_id")
      .notNull()
      .references(() => memberships.id, { onDelete: "restrict" }),
    month: count("month").notNull(),
    organizationId: count("organization_id").notNull(),
    spent: credits("spent").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.membershipId, t.month] }),
    index("membership_months_organization").on(t.organizationId, t.month, t.spent),
  ],
);

/** By organization, day and application. */
export const organizationDays = sqliteTable(
  "organization_days",
  {
    organizationId: count("organization_id")
      .notNull()
      .references(() => organizations.id, { onDelete: "restrict" }),
    day: count("day").notNull(),
    applicationId: count("application_id").notNull(),
    spent: credits("spent").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.day, t.applicationId] }),
    index("organization_days_day").on(t.day, t.organizationId, t.spent),
  ],
);

/** By application, month and organization. Splitting a long range by organization reads months instead of days. */
export const organizationMonths = sqliteTable(
  "organization_months",
  {
    applicationId: count("application_id").notNull(),
    /** E.g. 202611. */
    month: count("month").notNull(),
    organizationId: count("organization_id")
      .notNull()
      .references(() => organizations.id, { onDelete: "restrict" }),
    spent: credits("spent").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.applicationId, t.month, t.organizationId] }),
    index("organization_months_month").on(t.month, t.organizationId, t.spent),
  ],
);

/** By credit type, day and application. The charts of the whole enterprise read it. */
export const creditTypeDays = sqliteTable(
  "credit_type_days",
  {
    creditTypeId: count("credit_type_id")
      .notNull()
      .references(() => creditTypes.id, { onDelete: "restrict" }),
    day: count("day").notNull(),
    applicationId: count("application_id").notNull(),
    spent: credits("spent").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.creditTypeId, t.day, t.applicationId] }),
    // Carries all that the charts add up, so that a range is read from it alone.
    index("credit_type_days_day").on(t.day, t.applicationId, t.creditTypeId, t.spent),
    // The same in the order of the split by application, which otherwise sorts all rows.
    index("credit_type_days_application").on(t.applicationId, t.day, t.creditTypeId, t.spent),
  ],
);

/**
 * By API key, day and credit type: what was spent by the events that the key reported, less what was taken back of
 * them, and how many events these were.
 */
export const apiKeyDays = sqliteTable(
  "api_key_days",
  {
    apiKeyId: count("api_key_id")
      .notNull()
      .references(() => apiKeys.id, { onDelete: "restrict" }),
    day: count("day").notNull(),
    creditTypeId: count("credit_type_id")
      .notNull()
      .references(() => creditTypes.id, { onDelete: "restrict" }),
    spent: credits("spent").notNull(),
    events: count("events").notNull(),
  },
  (t) => [primaryKey({ columns: [t.apiKeyId, t.day, t.creditTypeId] })],
);
