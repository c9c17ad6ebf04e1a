import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { authSecret } from "./secrets.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = "v1.";

/** A key of its own for each purpose, derived from the portal's secret (HKDF, RFC 5869). */
export function derivedKey(purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", authSecret(), "", `bursar ${purpose}`, 32));
}

/**
 * Encrypts a secret that the portal must read again, with AES-256-GCM and a key that is derived from the portal's secret,
 * which no backup contains.
 *
 * @param purpose names the key, such as "authenticator app"
 * @param boundTo names the row that the secret belongs to, so that it cannot be moved to another
 */
export function seal(secret: string, purpose: string, boundTo: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", derivedKey(purpose), nonce);
  cipher.setAAD(Buffer.from(boundTo));
  const content = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  return VERSION + Buffer.concat([nonce, cipher.getAuthTag(), content]).toString("base64url");
}

/** Decrypts what {@link seal} wrote; null if the row or the portal's secret is another one. */
export function unseal(sealed: string, purpose: string, boundTo: string): string | null {
  if (!sealed.startsWith(VERSION)) return null;
  const bytes = Buffer.from(sealed.slice(VERSION.length), "base64url");
  if (bytes.length <= NONCE_BYTES + TAG_BYTES) return null;
  try {
    const decipher = createDecipheriv("aes-256-gcm", derivedKey(purpose), bytes.subarray(0, NONCE_BYTES));
    decipher.setAAD(Buffer.from(boundTo));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const content = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([content, decipher.final()]).toString("utf8");
  } catch {
    return null;
  }
}
