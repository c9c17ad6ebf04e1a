import { writeSync } from "node:fs";
import { EnvironmentError } from "./environment.ts";
import { currentRequest } from "./request-context.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;
type Level = (typeof LEVELS)[number];
const FORMATS = ["json", "pretty"] as const;

/** Beside the message. Whoever adds a field sees to it that it holds no secret: nothing is taken out afterwards. */
export type LogFields = Record<string, string | number | boolean | null | undefined>;

function chosen<T extends string>(name: string, choices: readonly T[], otherwise: T): T {
  const given = process.env[name];
  if (!given) return otherwise;
  const found = choices.find((choice) => choice === given);
  if (!found) throw new EnvironmentError(`${name} must be one of ${choices.join(", ")}.`);
  return found;
}

/** `LOG_LEVEL` and `LOG_FORMAT`. @throws EnvironmentError */
export function logSettings(): { level: Level; format: (typeof FORMATS)[number] } {
  return {
    level: chosen("LOG_LEVEL", LEVELS, "info"),
    format: chosen("LOG_FORMAT", FORMATS, process.stdout.isTTY ? "pretty" : "json"),
  };
}

let settings: ReturnType<typeof logSettings> | undefined;

function pretty(at: Date, level: Level, message: string, fields: LogFields): string {
  const { stack, ...rest } = fields;
  const words = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === "string" ? JSON.stringify(value) : value}`);
  const line = [at.toISOString().slice(11, 23), level.toUpperCase().padEnd(5), message, ...words].join(" ");
  return stack ? `${line}\n${stack}` : line;
}

// A write for each turn of the event loop, not for each line: a busy server logs many requests in one.
let waiting = "";
function flush(): void {
  const text = waiting;
  waiting = "";
  if (text) process.stdout.write(text);
}
// Whoever read the log has gone away: no reason for the portal to follow.
process.stdout.on("error", () => {});
process.once("exit", () => {
  if (waiting) {
    try {
      writeSync(1, waiting);
    } catch {
      // Nobody reads on.
    }
  }
});

function put(level: Level, message: string, fields: LogFields): void {
  settings ??= logSettings();
  if (LEVELS.indexOf(level) < LEVELS.indexOf(settings.level)) return;
  const at = new Date();
  const request = currentRequest();
  const all: LogFields = {
    requestId: request?.id,
    userId: request?.portalUserId,
    apiKeyId: request?.apiKeyId,
    ...fields,
  };
  if (!waiting) setImmediate(flush);
  waiting += `${
    settings.format === "json"
      ? JSON.stringify({ time: at.toISOString(), level, message, ...all })
      : pretty(at, level, message, all)
  }\n`;
}

/** An error as fields: what it is, where it came from, and what SQLite or the system calls it. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: String(error) };
  const code = "code" in error ? String(error.code) : undefined;
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  return { error: error.message, name: error.name, code, cause, stack: error.stack };
}

/** The server's log, on standard output: a JSON object a line, or for a terminal a line to read. */
export const log = {
  debug: (message: string, fields: LogFields = {}) => put("debug", message, fields),
  info: (message: string, fields: LogFields = {}) => put("info", message, fields),
  warn: (message: string, fields: LogFields = {}) => put("warn", message, fields),
  error: (message: string, fields: LogFields = {}) => put("error", message, fields),
};
