/**
 * Credits are exact decimals with up to six places. They are bigint micro-credits: 1 credit is 1_000_000n.
 * No function here converts an amount to a binary float.
 */
export const MICRO_PER_CREDIT = 1_000_000n;

/** The largest amount of one field, in micro-credits: 10^12 credits. */
export const MAX_CREDITS = 1_000_000_000_000n * MICRO_PER_CREDIT;

/** The amount, but at most {@link MAX_CREDITS}. */
export function cappedCredits(micro: bigint): bigint {
  if (micro > MAX_CREDITS) return MAX_CREDITS;
  return micro;
}

export type ParsedCredits = { ok: true; value: bigint } | { ok: false; message: string };

/** Reads a decimal string ("0.047"), without sign, separators or exponent, of at most 10^12 credits. */
export function parseCredits(text: string): ParsedCredits {
  const fault = (message: string): ParsedCredits => ({ ok: false, message });
  if (/^-\d/.test(text)) return fault("Must not be negative.");
  if (/^\d{1,3}(,\d{3})+(\.\d+)?$/.test(text)) {
    return fault(`Write it without thousands separators: ${text.replaceAll(",", "")}.`);
  }
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) return fault("Enter a number, such as 1000 or 0.5.");
  const [, whole = "", fraction = ""] = match;
  if (fraction.length > 6) return fault("At most 6 decimal places.");
  // Limit the length before BigInt, whose cost grows with the square of the length.
  const digits = whole.replace(/^0+(?=\d)/, "");
  const value =
    digits.length > 13
      ? MAX_CREDITS + 1n
      : BigInt(digits) * MICRO_PER_CREDIT + BigInt(fraction.padEnd(6, "0"));
  if (value > MAX_CREDITS) return fault("At most 1,000,000,000,000.");
  return { ok: true, value };
}

/** Groups of three digits between commas, underscores, apostrophes or spaces: always the same one in an amount. */
const GROUPED = /^\d{1,3}([,_'’\p{Zs}])\d{3}(?:\1\d{3}){0,4}(?:\.\d+)?$/u;

/** Reads what a person types as an amount: as {@link parseCredits}, and with thousands separators ("1,000,000.5"). */
export function parseTypedCredits(text: string): ParsedCredits {
  const trimmed = text.trim();
  const separator = trimmed.length <= 40 ? GROUPED.exec(trimmed)?.[1] : undefined;
  return parseCredits(separator === undefined ? trimmed : trimmed.replaceAll(separator, ""));
}

/** "1234.5": as many decimals as needed, no separators. {@link parseCredits} reads it back to the same value. */
export function plainCredits(micro: bigint): string {
  const sign = micro < 0n ? "-" : "";
  const size = micro < 0n ? -micro : micro;
  let fraction = (size % MICRO_PER_CREDIT).toString().padStart(6, "0");
  while (fraction.endsWith("0")) fraction = fraction.slice(0, -1);
  return `${sign}${size / MICRO_PER_CREDIT}${fraction ? `.${fraction}` : ""}`;
}

/** "1,234": digits with thousands separators, put in from the end, because a lookahead for each digit is quadratic. */
export function groupDigits(digits: string): string {
  const threes: string[] = [];
  for (let end = digits.length; end > 0; end -= 3) threes.unshift(digits.slice(Math.max(0, end - 3), end));
  return threes.join(",");
}

/** "1,234.5": for the screen, with thousands separators and as many decimals as needed. */
export function formatCredits(micro: bigint): string {
  const [whole = "", fraction] = plainCredits(micro).split(".");
  const grouped = whole.startsWith("-") ? `-${groupDigits(whole.slice(1))}` : groupDigits(whole);
  return fraction ? `${grouped}.${fraction}` : grouped;
}

/** What moved, with its sign: "+1,000", "−0.5" or "0". */
export function signedCredits(micro: bigint): string {
  return micro > 0n ? `+${formatCredits(micro)}` : formatCredits(micro).replace("-", "−");
}

/** "9,953 credits". */
export function creditsText(micro: bigint): string {
  return `${formatCredits(micro)} ${micro === MICRO_PER_CREDIT ? "credit" : "credits"}`;
}

/** "1,235": whole credits for a headline, half rounded away from zero. Show the exact figure in `title`. */
export function formatWholeCredits(micro: bigint): string {
  const half = MICRO_PER_CREDIT / 2n;
  const whole = (micro < 0n ? micro - half : micro + half) / MICRO_PER_CREDIT;
  return formatCredits(whole * MICRO_PER_CREDIT);
}

/** "8,251": a count with thousands separators. */
export function formatCount(count: number): string {
  return formatCredits(BigInt(count) * MICRO_PER_CREDIT);
}

/**
 * What credits are worth in their currency, in millionths of its unit, half rounded away from zero.
 *
 * @param exchangeRate credits per currency unit, in micro-credits
 */
export function moneyOf(micro: bigint, exchangeRate: bigint): bigint {
  const size = micro < 0n ? -micro : micro;
  const money = (2n * size * MICRO_PER_CREDIT + exchangeRate) / (2n * exchangeRate);
  return micro < 0n ? -money : money;
}
