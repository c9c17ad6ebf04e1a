/** How the enterprise writes a date. */
export const DATE_FORMATS = ["DD/MM/YYYY", "MM/DD/YYYY", "YYYY-MM-DD", "DD.MM.YYYY", "D MMM YYYY"] as const;
export type DateFormat = (typeof DATE_FORMATS)[number];

/** The enterprise's time zone and date format. Every date on the screen uses them. */
export type Calendar = { timeZone: string; dateFormat: DateFormat };

// Creating a formatter costs a hundred times as much as using it.
const formatters = new Map<string, Record<"day" | "instant", Intl.DateTimeFormat>>();

function formattersOf(timeZone: string): Record<"day" | "instant", Intl.DateTimeFormat> {
  const existing = formatters.get(timeZone);
  if (existing) return existing;
  const day = {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  } as const;
  const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const created = {
    day: new Intl.DateTimeFormat("en-GB", day),
    instant: new Intl.DateTimeFormat("en-GB", { ...day, ...time }),
  };
  formatters.set(timeZone, created);
  return created;
}

export const MONTH_NAMES = [
  "Jan",
  "Feb",
  "Mar",
  "Apr",
  "May",
  "Jun",
  "Jul",
  "Aug",
  "Sep",
  "Oct",
  "Nov",
  "Dec",
];

/** A day in a date format, from the digits of its parts: "03", "03" and "2025". */
export function writtenDate(
  { year, month, day }: { year: string; month: string; day: string },
  dateFormat: DateFormat,
): string {
  switch (dateFormat) {
    case "DD/MM/YYYY":
      return `${day}/${month}/${year}`;
    case "MM/DD/YYYY":
      return `${month}/${day}/${year}`;
    case "YYYY-MM-DD":
      return `${year}-${month}-${day}`;
    case "DD.MM.YYYY":
      return `${day}.${month}.${year}`;
    case "D MMM YYYY":
      return `${Number(day)} ${MONTH_NAMES[Number(month) - 1]} ${year}`;
  }
}

/** "03/03/2025": the day that `at` falls on in the enterprise's time zone. */
export function formatDate(at: Date, { timeZone, dateFormat }: Calendar): string {
  const [day = "", month = "", year = ""] = formattersOf(timeZone).day.format(at).split("/");
  return writtenDate({ year, month, day }, dateFormat);
}

/** "03/03/2025 14:05": the same with the time of day. */
export function formatDateTime(at: Date, { timeZone, dateFormat }: Calendar): string {
  // "03/03/2025, 14:05"
  const [date = "", time = ""] = formattersOf(timeZone).instant.format(at).split(", ");
  const [day = "", month = "", year = ""] = date.split("/");
  return `${writtenDate({ year, month, day }, dateFormat)} ${time}`;
}

/** "2025-03-03": the same day independent of the date format. Used in file names. */
export function isoDate(at: Date, timeZone: string): string {
  return formatDate(at, { timeZone, dateFormat: "YYYY-MM-DD" });
}

const QUARTER_HOUR_MS = 15 * 60_000;
/** How far clocks are from UTC, by zone and quarter of an hour. */
const offsets = new Map<string, Map<number, number>>();
const OFFSETS_MAX = 10_000;

/** How many milliseconds clocks are ahead of UTC there. Clocks change at a whole quarter of an hour only. */
function offsetAt(at: Date, timeZone: string): number {
  const quarter = Math.floor(at.getTime() / QUARTER_HOUR_MS);
  const ofZone = offsets.get(timeZone) ?? new Map<number, number>();
  const cached = ofZone.get(quarter);
  if (cached !== undefined) return cached;
  const start = quarter * QUARTER_HOUR_MS;
  const text = formatDateTime(new Date(start), { timeZone, dateFormat: "YYYY-MM-DD" });
  const offset = Date.parse(`${text.replace(" ", "T")}Z`) - start;
  if (ofZone.size >= OFFSETS_MAX) ofZone.clear();
  offsets.set(timeZone, ofZone.set(quarter, offset));
  return offset;
}

/** The date and time on the clocks there: { date: "2026-11-23", time: "18:05:09" }. */
export function localDateTime(at: Date, timeZone: string): { date: string; time: string } {
  const text = new Date(at.getTime() + offsetAt(at, timeZone)).toISOString();
  return { date: text.slice(0, 10), time: text.slice(11, 19) };
}

const MINUTE_MS = 60_000;
let latestDay = { minute: Number.NaN, timeZone: "", day: 0 };

/** 20251123: the day of `at` in a time zone, as the ledger counts days. */
export function dayOf(at: Date, timeZone: string): number {
  // The last day is cached, because every usage event needs it. No day begins within a minute.
  const minute = Math.floor(at.getTime() / MINUTE_MS);
  if (minute !== latestDay.minute || timeZone !== latestDay.timeZone) {
    // formatToParts would cost four times as much as the text "23/11/2025".
    const [day, month, year] = formattersOf(timeZone).day.format(at).split("/");
    latestDay = { minute, timeZone, day: Number(year) * 10_000 + Number(month) * 100 + Number(day) };
  }
  return latestDay.day;
}

/** The first instant of `day` (20261123) in a time zone, also when clocks change on that day. */
export function startOfDay(day: number, timeZone: string): Date {
  return firstInstant(day, (local) => local >= day, timeZone);
}

/** The first instant after `day` (20261123) in a time zone, also when clocks change on that day. */
export function endOfDay(day: number, timeZone: string): Date {
  return firstInstant(day, (local) => local > day, timeZone);
}

/** The first instant around `day` whose day in the time zone `counts`, as all later ones do. */
function firstInstant(day: number, counts: (local: number) => boolean, timeZone: string): Date {
  const HOUR_MS = 3_600_000;
  const utc = Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100);
  // Zones go from 12 hours behind UTC to 14 ahead, so the instant is between these two. Days only grow.
  let before = utc - 15 * HOUR_MS;
  let after = utc + 39 * HOUR_MS;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (counts(dayOf(new Date(middle), timeZone))) after = middle;
    else before = middle;
  }
  return new Date(after);
}

/** "31/01/2027": the last day of what ends with the instant `end`, such as an API key, in the enterprise's time zone. */
export function formatLastDay(end: Date, calendar: Calendar): string {
  return formatDate(new Date(end.getTime() - 1), calendar);
}

/** Whether the platform has this time zone, by its IANA name. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(name)) return false;
  try {
    formattersOf(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * Time zones that have two names in use, as the file `backward` of the IANA time zone database lists them. The platform
 * gives only one name of each, and browsers do not agree which.
 */
const SECOND_NAMES: readonly (readonly [older: string, newer: string])[] = [
  ["Africa/Asmera", "Africa/Asmara"],
  ["America/Buenos_Aires", "America/Argentina/Buenos_Aires"],
  ["America/Catamarca", "America/Argentina/Catamarca"],
  ["America/Cordoba", "America/Argentina/Cordoba"],
  ["America/Godthab", "America/Nuuk"],
  ["America/Indianapolis", "America/Indiana/Indianapolis"],
  ["America/Jujuy", "America/Argentina/Jujuy"],
  ["America/Louisville", "America/Kentucky/Louisville"],
  ["America/Mendoza", "America/Argentina/Mendoza"],
  ["Asia/Calcutta", "Asia/Kolkata"],
  ["Asia/Katmandu", "Asia/Kathmandu"],
  ["Asia/Rangoon", "Asia/Yangon"],
  ["Asia/Saigon", "Asia/Ho_Chi_Minh"],
  ["Atlantic/Faeroe", "Atlantic/Faroe"],
  ["Europe/Kiev", "Europe/Kyiv"],
  ["Pacific/Enderbury", "Pacific/Kanton"],
  ["Pacific/Ponape", "Pacific/Pohnpei"],
  ["Pacific/Truk", "Pacific/Chuuk"],
];

/** Every time zone to choose from, UTC first and then by name; a zone with two names has both. */
export function timeZones(): string[] {
  const names = new Set([...Intl.supportedValuesOf("timeZone"), ...SECOND_NAMES.flat().filter(isTimeZone)]);
  names.delete("UTC");
  return ["UTC", ...[...names].sort()];
}
