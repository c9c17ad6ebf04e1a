import { index, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { count, instant, rowId } from "../columns.ts";

/** People who sign in to the portal. */
export const portalUsers = sqliteTable(
  "portal_users",
  {
    id: rowId(),
    email: text("email").notNull(),
    /** Folded e-mail, for uniqueness. */
    emailKey: text("email_key").notNull(),
    role: text("role", { enum: ["owner", "admin", "viewer"] }).notNull(),
    /** Argon2id in PHC form; null until an invitation is accepted. */
    passwordHash: text("password_hash"),
    disabledAt: instant("disabled_at"),
    lastSignInAt: instant("last_sign_in_at"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [uniqueIndex("portal_users_email_key").on(t.emailKey)],
);

/** Who a portal user is at a provider of single sign-on. An account has one such link at most. */
export const portalUserIdentities = sqliteTable(
  "portal_user_identities",
  {
    id: rowId(),
    portalUserId: count("portal_user_id")
      .notNull()
      .references(() => portalUsers.id, { onDelete: "cascade" }),
    /** The provider's issuer and its own, unchanging name for the person; e-mails change hands. */
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
    expiresAt: instant("expires_at").notNull(),
    address: text("address"),
    /** The identity of a session by single sign-on, which ends with it; null for one by password. */
    identityId: count("identity_id").references(() => portalUserIdentities.id, { onDelete: "cascade" }),
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

/** Failed sign-ins of late, by what they are counted for. Rows that no longer matter are cleared as new ones come. */
export const signInFailures = sqliteTable(
  "sign_in_failures",
  {
    /** SHA-256 of an account's e-mail, of an address, or of both together; people type passwords into the wrong field. */
    key: text("key").primaryKey(),
    failures: count("failures").notNull(),
    lastAt: instant("last_at").notNull(),
  },
  (t) => [index("sign_in_failures_last_at").on(t.lastAt)],
);

/** Addresses from which an account has signed in; a stranger's failures elsewhere do not delay these. */
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
