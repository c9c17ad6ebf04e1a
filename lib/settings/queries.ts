import { database } from "#db/client.ts";
import { settings } from "#db/schema/index.ts";
import { type Calendar, DATE_FORMATS } from "#lib/time.ts";

export type Settings = Calendar & { enterpriseName: string };

/** What the enterprise calls itself and how it writes dates. */
export function getSettings(): Settings {
  const row = database().select().from(settings).get();
  return {
    enterpriseName: row?.enterpriseName ?? "My enterprise",
    timeZone: row?.timeZone ?? "UTC",
    dateFormat: DATE_FORMATS.find((format) => format === row?.dateFormat) ?? "DD/MM/YYYY",
  };
}
