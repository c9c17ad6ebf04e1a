import { database, type Reader } from "#db/client.ts";
import { settings } from "#db/schema/index.ts";

/** How many days refusals are kept. */
export function readRefusalDays(reader: Reader = database()): number {
  return reader.select({ days: settings.refusalDays }).from(settings).get()?.days ?? 90;
}
