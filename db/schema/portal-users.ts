import { sql } from "drizzle-orm";
import { check, index, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { count, instant, rowId } from "../columns.ts";
import { organizations } from "./organizations.ts";

/** People who sign in to the portal. */
export const portalUsers = sqliteTable(
  "portal_users",
  {
    id: rowId(),
    email: text("email").notNull(),
    /** The folded email, which is unique. */
    emailKey: text("email_key").notNull(),
    /** Argon2id in PHC format. Null until the invitation is accepted. */
    passwordHash: text("password_hash"),
    disabledAt: instant("disabled_at"),
    lastSignInAt: instant("last_sign_in_at"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [uniqueIndex("portal_users_email_key").on(t.emailKey)],
);

/**
 * The grants of portal users: a role on the enterprise, on one organization, or on the organizations that have a tag.
 * A user has at most one grant on each scope from each source.
 */
export const portalUserGrants = sqliteTable(
  "portal_user_grants",
  {
    id: rowId(),
    portalUserId: count("portal_user_id")
      .notNull()
      .references(() => portalUsers.id, { onDelete: "cascade" }),
    role: text("role", { enum: ["owner", "admin", "viewer"] }).notNull(),
    /** At most one of the two is set; neither means the enterprise. */
    organizationId: count("organization_id").references(() => organizations.id, { onDelete: "restrict" }),
    /** `key:value`, whether or not an organization has it at present. */
    tag: text("tag"),
    /** What a single sign-on provider gave ends when the provider no longer sends it. */
    source: text("source", { enum: ["portal", "single_sign_on"] }).notNull(),
    /** The name of the actor at that time. Null for grants from before there were grants. */
    grantedBy: text("granted_by"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("portal_user_grants_scope").on(
      t.portalUserId,
      sql`coalesce(organization_id, 0)`,
      sql`coalesce(tag, '')`,
      t.source,
    ),
    index("portal_user_grants_organization").on(t.organizationId).where(sql`organization_id IS NOT NULL`),
    index("portal_user_grants_tag").on(t.tag).where(sql`tag IS NOT NULL`),
    check("portal_user_grants_one_scope", sql`${t.organizationId} IS NULL OR ${t.tag} IS NULL`),
    check(
      "portal_user_grants_owner_of_enterprise",
      sql`${t.role} <> 'owner' OR (${t.organizationId} IS NULL AND ${t.tag} IS NULL)`,
    ),
  ],
);

/** The link of a portal user to an account at a single sign-on provider. A portal user has at most one. */
export const portalUserIdentities = sqliteTable(
  "portal_user_identities",
  {
    id: rowId(),
    portalUserId: count("portal_user_id")
      .notNull()
      .references(() => portalUsers.id, { onDelete: "cascade" }),
    /**
     * The provider's issuer, and the provider's permanent id of the person. Email addresses can pass to another
     * person.
     */
    issuer: text("issuer").notNull(),
    subject: text("subject").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("portal_user_identities_issuer_subject").on(t.issuer, t.subject),
    uniqueIndex("portal_user_identities_portal_user_id").on(t.portalUserId),
  ],
);

/** A signed-in browser. Deleting the row ends the session at its next request. */
export const portalSessions = sqliteTable(
  "portal_sessions",
  {
    /** SHA-256 of the session id that the browser's signed cookie carries. */
    idHash: text("id_hash").primaryKey(),
    portalUserId: count("portal_user_id")
      .notNull()
      .references(() => portalUsers.id, { onDelete: "cascade" }),
    createdAt: instant("created_at").notNull(),
    /** When the browser's cookie ends. Limits that were shortened since may end the session before. */
    expiresAt: instant("expires_at").notNull(),
    address: text("address"),
    /** The browser's User-Agent at sign-in, at most 300 characters. */
    userAgent: text("user_agent"),
    /** The last request, to the minute. */
    lastUsedAt: instant("last_used_at").notNull().default(sql`0`),
    /** The identity that single sign-on used; deleting it ends the session. Null for a session by password. */
    identityId: count("identity_id").references(() => portalUserIdentities.id, { onDelete: "cascade" }),
    /**
     * When this person last proved in this session who they are: at sign-in, or when an action asked again. Null for a
     * session from before this column, which counts from its start.
     */
    confirmedAt: instant("confirmed_at"),
  },
  (t) => [
    index("portal_sessions_identity_id").on(t.identityId),
    index("portal_sessions_portal_user_id").on(t.portalUserId),
    index("portal_sessions_expires_at").on(t.expiresAt),
  ],
);

/** A link that sets a password once: an invitation or a reset. */
export const portalUserLinks = sqliteTable(
  "portal_user_links",
  {
    /** SHA-256 of the token in the link. */
    tokenHash: text("token_hash").primaryKey(),
    portalUserId: count("portal_user_id")
      .notNull()
      .references(() => portalUsers.id, { onDelete: "cascade" }),
    createdAt: instant("created_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
  },
  (t) => [index("portal_user_links_portal_user_id").on(t.portalUserId)],
);

/** Recent failed sign-ins, by what they count against. New failures delete the rows that have expired. */
export const signInFailures = sqliteTable(
  "sign_in_failures",
  {
    /**
     * SHA-256 of an email, of a network address, or of both. Hashed, because people type passwords into the email
     * field.
     */
    key: text("key").primaryKey(),
    failures: count("failures").notNull(),
    lastAt: instant("last_at").notNull(),
  },
  (t) => [index("sign_in_failures_last_at").on(t.lastAt)],
);

/**
 * Network addresses from which an account has signed in. Failures at other addresses do not delay sign-ins from these.
 */
export const signInAddresses = sqliteTable(
  "sign_in_addresses",
  {
    portalUserId: count("portal_user_id")
      .notNull()
      .references(() => portalUsers.id, { onDelete: "cascade" }),
    address: text("address").notNull(),
    lastAt: instant("last_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.portalUserId, t.address] }),
    index("sign_in_addresses_last_at").on(t.lastAt),
  ],
);
