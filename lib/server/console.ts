import { format, stripVTControlCharacters } from "node:util";
import { config } from "#lib/config.ts";
import { log } from "#lib/log.ts";

/**
 * Lets what libraries print by `console` follow `LOG_FORMAT=json`: Next has no other way to be told. Our own code
 * reports its errors itself, so that a line of a library is a warning at most.
 */
export function logConsole(): void {
  if (config().logFormat !== "json") return;
  const line = (args: unknown[]) => stripVTControlCharacters(format(...args)).trim();
  console.log = (...args: unknown[]) => log.info(line(args), { source: "console" });
  console.info = console.log;
  console.warn = (...args: unknown[]) => log.warn(line(args), { source: "console" });
  console.error = console.warn;
}
