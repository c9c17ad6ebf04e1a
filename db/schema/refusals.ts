import { sql } from "drizzle-orm";
import { index, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { count, credits, instant, rowId } from "../columns.ts";
import { apiKeys } from "./api-keys.ts";
import { members } from "./members.ts";
import { organizations } from "./organizations.ts";

/**
 * Usage events and checks that were refused for reasons of money or rights. Equal ones of one minute are one row. Old
 * rows are deleted, and so are the oldest when there are too many.
 */
export const refusals = sqliteTable(
  "refusals",
  {
    id: rowId(),
    /** When the first request of the row was refused. */
    at: instant("at").notNull(),
    lastAt: instant("last_at").notNull(),
    /** The organization that the event named, or else the API key's own. Null where no organization has the code. */
    organizationId: count("organization_id").references(() => organizations.id, { onDelete: "restrict" }),
    /** The code that the event named, where it is not a code of `organizationId`; "" otherwise. */
    organizationText: text("organization_text").notNull(),
    /** The person who has or had the email. Null where nobody does. */
    memberId: count("member_id").references(() => members.id, { onDelete: "set null" }),
    /** The email that the event named; "" for a row of several members. */
    memberEmail: text("member_email").notNull(),
    /** Folded email. */
    memberKey: text("member_key").notNull(),
    /** The name that the event gave, which need not be an application of the portal; "" for a check. */
    application: text("application").notNull(),
    /** Folded name. */
    applicationKey: text("application_key").notNull(),
    /** Null for a row of several keys. */
    apiKeyId: count("api_key_id").references(() => apiKeys.id, { onDelete: "restrict" }),
    request: text("request", { enum: ["event", "check"] }).notNull(),
    /** The `code` of the problem, or "others". */
    code: text("code").notNull(),
    /** How many requests were refused. */
    requests: count("requests").notNull(),
    /** The sum of what they asked for, in micro-credits. */
    amount: credits("amount").notNull(),
    /** What was left at the last one, of the balance or of the allowance. Null where the reason is another. */
    remaining: credits("remaining"),
  },
  (t) => [
    // The list and its filters, each newest first. SQLite appends the row id to every index.
    index("refusals_at").on(t.at),
    index("refusals_organization").on(t.organizationId, t.at),
    index("refusals_member").on(t.memberId, t.at).where(sql`member_id IS NOT NULL`),
    // Refusals from before the person was added.
    index("refusals_unknown_member").on(t.memberKey, t.at).where(sql`member_id IS NULL`),
    index("refusals_application").on(t.applicationKey, t.at),
    index("refusals_api_key").on(t.apiKeyId, t.at),
    index("refusals_code").on(t.code, t.at),
  ],
);
