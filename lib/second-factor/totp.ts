import { HOTP, Secret, TOTP } from "otpauth";

// Time-based one-time passwords as RFC 6238 defines them, with the parameters that every authenticator app supports:
// HMAC-SHA-1, six digits, steps of 30 seconds.
const ALGORITHM = "SHA1";
const DIGITS = 6;
const STEP_SECONDS = 30;
/** RFC 4226, section 4, recommends 160 bits. */
const SECRET_BYTES = 20;

/**
 * How many steps before and after the present one are accepted, because clocks differ and people take time to type.
 * RFC 6238, section 5.2, recommends at most one step back.
 */
const WINDOW_STEPS = 1;

/** A new shared secret, in base32. */
export function newTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

/** The number of the 30-second step at `now`. */
export function stepAt(now: Date): number {
  return Math.floor(now.getTime() / 1000 / STEP_SECONDS);
}

/**
 * The step of a code: the present one, or one beside it, that is later than the last step that was used. Null for any
 * other code. Comparisons take the same time for each code.
 */
export function acceptedStep(
  secret: string,
  code: string,
  { lastStep, now }: { lastStep: number | null; now: Date },
): number | null {
  // otpauth throws for a code with a character of two bytes.
  if (!/^\d{6}$/.test(code)) return null;
  const present = stepAt(now);
  let accepted: number | null = null;
  // All steps are compared and the latest wins, so that a code that two steps share cannot be used in both.
  for (let step = present - WINDOW_STEPS; step <= present + WINDOW_STEPS; step += 1) {
    const delta = HOTP.validate({
      token: code,
      secret: Secret.fromBase32(secret),
      algorithm: ALGORITHM,
      digits: DIGITS,
      counter: step,
      window: 0,
    });
    if (delta !== null && step > (lastStep ?? -1)) accepted = step;
  }
  return accepted;
}

/** The address that a QR code carries to an authenticator app (Key Uri Format). */
export function totpUri(secret: string, { email, issuer }: { email: string; issuer: string }): string {
  return new TOTP({
    issuer,
    label: email,
    algorithm: ALGORITHM,
    digits: DIGITS,
    period: STEP_SECONDS,
    secret: Secret.fromBase32(secret),
  }).toString();
}
