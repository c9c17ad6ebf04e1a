import { createHmac, randomBytes } from "node:crypto";

// Standard Webhooks 1.0: https://www.standardwebhooks.com

const SECRET_PREFIX = "whsec_";
const SECRET_BYTES = 32;

/** "whsec_" and 256 random bits in base64. */
export function newWebhookSecret(): string {
  return SECRET_PREFIX + randomBytes(SECRET_BYTES).toString("base64");
}

/** "v1," and the HMAC-SHA256 of the id, the time and the body, in base64. */
function signature(secret: string, content: string): string {
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), "base64");
  return `v1,${createHmac("sha256", key).update(content).digest("base64")}`;
}

/**
 * The headers that a receiver checks. During a rotation there is a signature by each secret.
 *
 * @param at the time of this try
 */
export function signedHeaders(
  { eventId, body, at }: { eventId: string; body: string; at: Date },
  secrets: readonly string[],
): Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string> {
  const seconds = String(Math.floor(at.getTime() / 1000));
  const content = `${eventId}.${seconds}.${body}`;
  return {
    "webhook-id": eventId,
    "webhook-timestamp": seconds,
    "webhook-signature": secrets.map((secret) => signature(secret, content)).join(" "),
  };
}
