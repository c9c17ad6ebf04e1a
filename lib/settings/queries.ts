import type { Reader } from "#db/client.ts";
import { settings } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import { monthOf } from "#lib/calendar.ts";
import { type Calendar, DATE_FORMATS, dayOf } from "#lib/time.ts";

export type Settings = Calendar & { enterpriseName: string };

const current = statement((db) => db.select().from(settings));

/** What the enterprise calls itself and how it writes dates. */
export function getSettings(): Settings {
  return settingsOf(current.get());
}

/** The month that it is now in the enterprise's time zone, e.g. 202611. */
export function currentMonth(now: Date = new Date()): number {
  return monthOf(dayOf(now, getSettings().timeZone));
}

/** {@link getSettings} inside a transaction. */
export function readSettings(reader: Reader): Settings {
  return settingsOf(reader.select().from(settings).get());
}

function settingsOf(row: typeof settings.$inferSelect | undefined): Settings {
  return {
    enterpriseName: row?.enterpriseName ?? "My enterprise",
    timeZone: row?.timeZone ?? "UTC",
    dateFormat: DATE_FORMATS.find((format) => format === row?.dateFormat) ?? "DD/MM/YYYY",
  };
}
