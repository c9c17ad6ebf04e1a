import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, linkSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { hash, verify } from "@node-rs/argon2";
import { prepareDataDirectory } from "#db/data-directory.ts";
import { config } from "#lib/config.ts";
import { processWide } from "#lib/process-wide.ts";

// OWASP's Argon2id parameters (Password Storage Cheat Sheet): 19 MiB, two passes, one lane. 2 is Argon2id.
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** How many hashes run at once; more wait, so that a flood of tries cannot take all memory. */
const MAX_SIMULTANEOUS = 2;
type Hashing = { running: number; waiting: (() => void)[] };
const hashing = processWide<Hashing>("lib/portal-users/secrets", () => ({ running: 0, waiting: [] }));

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (hashing.running >= MAX_SIMULTANEOUS) {
    await new Promise<void>((resolve) => hashing.waiting.push(resolve));
  } else hashing.running += 1;
  try {
    return await work();
  } finally {
    const next = hashing.waiting.shift();
    if (next) next();
    else hashing.running -= 1;
  }
}

/** Argon2id in PHC form. */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(password.normalize("NFKC"), ARGON2ID));
}

let decoy: Promise<string> | undefined;

/**
 * Whether this is the password. Without a hash the answer is false after the same time, so that the time does not
 * reveal who has an account.
 */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  decoy ??= hashPassword(randomBytes(16).toString("hex"));
  const against = passwordHash ?? (await decoy);
  const matches = await inTurn(() => verify(against, password.normalize("NFKC")));
  return matches && passwordHash !== null;
}

/** The hash of a random token, which the database stores. */
export function tokenHash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** 256 random bits for a URL or a cookie. */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

export function sameHash(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

// Without letters and digits that are easily confused.
const CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** A random code in groups of four, with five bits for each character: 60 bits in three groups. */
export function newOneTimeCode(characters = 12): string {
  const letters = [...randomBytes(characters)]
    .map((byte) => CODE_ALPHABET[byte % CODE_ALPHABET.length])
    .join("");
  return letters.replace(/.{4}(?=.)/g, "$&-");
}

/**
 * Written to a temporary file and then linked: if two processes do this at once, both read the same complete secret.
 */
function makeSecret(file: string): void {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  writeFileSync(draft, `${newToken()}\n`, { flag: "wx", mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    unlinkSync(draft);
  }
}

/** The key that signs sessions: `AUTH_SECRET`, or made once and kept in the data folder, readable by its owner alone. */
export function authSecret(): string {
  const { authSecret: secretOfEnvironment } = config();
  if (secretOfEnvironment) return secretOfEnvironment;
  const file = path.join(prepareDataDirectory(), "auth-secret");
  if (!existsSync(file)) makeSecret(file);
  const secret = readFileSync(file, "utf8").trim();
  if (secret.length < 32)
    throw new Error(
      `${file} holds no secret. Delete it to have a new one made; all sessions end, and codes of authenticator apps no longer work.`,
    );
  return secret;
}
