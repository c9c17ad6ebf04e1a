import { writeSync } from "node:fs";
import { config } from "./config.ts";
import { processWide } from "./process-wide.ts";
import { currentRequest } from "./request-context.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;
type Level = (typeof LEVELS)[number];

/** Fields beside the message. They must not contain secrets: nothing is removed from them. */
export type LogFields = Record<string, string | number | boolean | null | undefined>;

function pretty(at: Date, level: Level, message: string, fields: LogFields): string {
  const { stack, ...rest } = fields;
  const words = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === "string" ? JSON.stringify(value) : value}`);
  const line = [at.toISOString().slice(11, 23), level.toUpperCase().padEnd(5), message, ...words].join(" ");
  return stack ? `${line}\n${stack}` : line;
}

/** Lines that are not written yet. They are written once in each turn of the event loop, because a busy server logs many. */
const buffer = processWide("lib/log", () => {
  // The reader of the log may close it; the portal goes on without one.
  process.stdout.on("error", () => {});
  process.once("exit", writeAtExit);
  return { text: "" };
});

function flush(): void {
  const { text } = buffer;
  buffer.text = "";
  if (text) process.stdout.write(text);
}

function writeAtExit(): void {
  if (!buffer.text) return;
  try {
    writeSync(1, buffer.text);
  } catch {
    // Nobody reads the log any more.
  }
}

function put(level: Level, message: string, fields: LogFields): void {
  const { logLevel, logFormat } = config();
  if (LEVELS.indexOf(level) < LEVELS.indexOf(logLevel)) return;
  const at = new Date();
  const request = currentRequest();
  const all: LogFields = {
    requestId: request?.id,
    userId: request?.portalUserId,
    apiKeyId: request?.apiKeyId,
    ...fields,
  };
  add(
    logFormat === "json"
      ? JSON.stringify({ time: at.toISOString(), level, message, ...all })
      : pretty(at, level, message, all),
  );
}

function add(line: string): void {
  if (!buffer.text) setImmediate(flush);
  buffer.text += `${line}\n`;
}

/**
 * Prints a line that a person who starts the portal needs, such as the one-time code, whatever `LOG_LEVEL` is: as it is
 * where the log is for a person, as JSON where it is for programs.
 */
function announce(message: string): void {
  const time = new Date().toISOString();
  add(config().logFormat === "json" ? JSON.stringify({ time, level: "info", message }) : message);
}

/** An error as fields: its message, its class, its stack, and the code of SQLite or the system. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: String(error) };
  const code = "code" in error ? String(error.code) : undefined;
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  return { error: error.message, name: error.name, code, cause, stack: error.stack };
}

/** The server's log on standard output: one JSON object or one readable line per event. */
export const log = {
  debug: (message: string, fields: LogFields = {}) => put("debug", message, fields),
  info: (message: string, fields: LogFields = {}) => put("info", message, fields),
  warn: (message: string, fields: LogFields = {}) => put("warn", message, fields),
  error: (message: string, fields: LogFields = {}) => put("error", message, fields),
  announce,
};
