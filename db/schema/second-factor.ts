import { index, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { count, instant, rowId } from "../columns.ts";
import { portalUsers } from "./portal-users.ts";

const owner = () =>
  count("portal_user_id")
    .notNull()
    .references(() => portalUsers.id, { onDelete: "cascade" });

/** The authenticator app of a portal user, which shows time-based codes (RFC 6238). A portal user has at most one. */
export const authenticatorApps = sqliteTable("authenticator_apps", {
  portalUserId: owner().primaryKey(),
  /** The shared secret, encrypted with a key that is not in the database. */
  secret: text("secret").notNull(),
  createdAt: instant("created_at").notNull(),
  /** When a first code proved that the app has the secret. Null until then, and the app counts for nothing. */
  confirmedAt: instant("confirmed_at"),
  /** The time step of the last accepted code. A code of this step or of an earlier one is refused. */
  lastStep: count("last_step"),
  lastUsedAt: instant("last_used_at"),
});

/** The passkeys of portal users (Web Authentication). */
export const passkeys = sqliteTable(
  "passkeys",
  {
    id: rowId(),
    portalUserId: owner(),
    name: text("name").notNull(),
    /** The id that the authenticator gave to the credential, in base64url. */
    credentialId: text("credential_id").notNull(),
    /** The credential's public key, a COSE key in base64url. */
    publicKey: text("public_key").notNull(),
    /** The host name that it was made for. Browsers offer it there and nowhere else. */
    relyingParty: text("relying_party").notNull(),
    /** The authenticator's count of signatures, which must grow; 0 if the authenticator does not count. */
    signatures: count("signatures").notNull(),
    /** How a browser reaches the authenticator, such as "internal,hybrid". */
    transports: text("transports").notNull(),
    createdAt: instant("created_at").notNull(),
    lastUsedAt: instant("last_used_at"),
  },
  (t) => [
    uniqueIndex("passkeys_credential_id").on(t.credentialId),
    index("passkeys_portal_user_id").on(t.portalUserId),
  ],
);

/** Codes that replace a second factor that was lost. Each works once. */
export const recoveryCodes = sqliteTable(
  "recovery_codes",
  {
    portalUserId: owner(),
    /** SHA-256 of the code. It has 80 random bits, so that a slow hash adds nothing. */
    codeHash: text("code_hash").notNull(),
    usedAt: instant("used_at"),
  },
  (t) => [primaryKey({ columns: [t.portalUserId, t.codeHash] })],
);

/** A sign-in whose password was right and whose second factor is still missing. It is no session. */
export const pendingSignIns = sqliteTable(
  "pending_sign_ins",
  {
    /** SHA-256 of the token in the browser's cookie. */
    tokenHash: text("token_hash").primaryKey(),
    portalUserId: owner(),
    expiresAt: instant("expires_at").notNull(),
  },
  (t) => [
    index("pending_sign_ins_portal_user_id").on(t.portalUserId),
    index("pending_sign_ins_expires_at").on(t.expiresAt),
  ],
);

/** Challenges that a passkey has signed. They are listed until they expire, so that no answer counts twice. */
export const usedChallenges = sqliteTable(
  "used_challenges",
  {
    /** SHA-256 of the challenge. */
    challengeHash: text("challenge_hash").primaryKey(),
    expiresAt: instant("expires_at").notNull(),
  },
  (t) => [index("used_challenges_expires_at").on(t.expiresAt)],
);
