import type { ReadResult } from "./fields.ts";

/** Minutes of each unit that a person may write. A day has 24 hours here, also when clocks change. */
const UNITS = { minute: 1, hour: 60, day: 1_440 } as const;

const UNIT_NAMES: Record<string, keyof typeof UNITS> = {
  m: "minute",
  min: "minute",
  minute: "minute",
  minutes: "minute",
  h: "hour",
  hour: "hour",
  hours: "hour",
  d: "day",
  day: "day",
  days: "day",
};

/** "14 days", "36 hours", "90 minutes": minutes in the largest unit that needs no fraction. */
export function formatDuration(minutes: number): string {
  const unit = (["day", "hour"] as const).find((name) => minutes % UNITS[name] === 0) ?? "minute";
  const amount = minutes / UNITS[unit];
  return `${amount} ${unit}${amount === 1 ? "" : "s"}`;
}

/** Reads what {@link formatDuration} writes, and short forms such as "12h", as minutes between `least` and `most`. */
export function readDuration(
  text: string,
  { least, most }: { least: number; most: number },
): ReadResult<number> {
  const [, amount = "", name = ""] = /^(\d{1,6}) ?([a-z]{1,7})$/.exec(text.trim().toLowerCase()) ?? [];
  const unit = UNIT_NAMES[name];
  if (!unit) return { ok: false, message: "Enter a number with its unit, such as “12 hours” or “14 days”." };
  const minutes = Number(amount) * UNITS[unit];
  if (minutes >= least && minutes <= most) return { ok: true, value: minutes };
  return { ok: false, message: `Between ${formatDuration(least)} and ${formatDuration(most)}.` };
}
