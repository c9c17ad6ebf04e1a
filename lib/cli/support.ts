import { randomUUID } from "node:crypto";
import { readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { type Command, InvalidArgumentError } from "commander";
import type { z } from "zod";
import { syncFile, syncFolder } from "#db/durable.ts";
import type { Actor } from "#lib/actor.ts";
import { getOrganization } from "#lib/organizations/queries.ts";
import type { Result } from "#lib/result.ts";

/** Whoever may run the command line may do everything. */
export const operator: Actor = { kind: "operator" };

/** The state of things says no: exit code 1. `details` go into the JSON object beside code and message. */
export class CliRefusal extends Error {
  readonly code: string;
  readonly details: Record<string, unknown>;
  constructor(message: string, code = "refused", details: Record<string, unknown> = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** What was typed cannot be meant: exit code 2. For a single value use {@link typed}. */
export class WrongUsage extends Error {}

/** What a command answers: an object for `--json`, and the same for a person. */
export type Printed = { json: object; text: string };

/** What every concept's file registers its commands with. */
export type Cli = {
  /** A command of its own, or of a group: `command("demo", …)`, `command("user create <EMAIL>", …)`. */
  command: (usage: string, description: string) => Command;
  /** The command's answer, on standard output. */
  print: (printed: Printed) => Promise<void>;
  /** Was `--json` given? */
  json: () => boolean;
  /** A file's full path, as seen from where the command was typed. */
  fileOf: (name: string) => string;
};

/** The value of a command's result, or the refusal of the whole command. */
export function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new CliRefusal(result.message, result.code);
  return result.value;
}

/** The row id of the organization with this code, or the refusal of the whole command. */
export function organizationIdOf(code: string): number {
  const organization = getOrganization(code);
  if (organization) return organization.id;
  throw new CliRefusal(`There is no organization with the code ${code}.`, "organization_not_found");
}

/** Reads an argument's or option's value by a schema: `.argument("<EMAIL>", "…", typed(emailAddress))`. */
export function typed<S extends z.ZodType>(schema: S): (value: string) => z.output<S> {
  return (value) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(parsed.error.issues.map((issue) => issue.message).join(" "));
  };
}

/** Has whoever reads our output gone away, as `head` does? Then there is nobody left to tell. */
export function isReaderGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}

/** Writes to standard output as fast as it is read; ends quietly when nobody reads on. */
export async function writeOut(pieces: Iterable<string>): Promise<void> {
  try {
    await pipeline(pieces, process.stdout, { end: false });
  } catch (error) {
    if (!isReaderGone(error)) throw error;
  }
}

export function cannot(be: "read" | "written", file: string, error: unknown): never {
  const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
  throw new CliRefusal(`${file} cannot be ${be} (${reason}).`, `file_not_${be}`, { file });
}

export function readGivenFile(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    return cannot("read", file, error);
  }
}

/** The text piped in, without its last line break. */
export function readStandardInput(): string {
  return readFileSync(0, "utf8").replace(/\r?\n$/, "");
}

/** The file behind links, and whether something that is no file stands there: a device or pipe is written into. */
function target(file: string): { file: string; replace: boolean } {
  try {
    const real = realpathSync(file);
    return { file: real, replace: statSync(real).isFile() };
  } catch {
    return { file, replace: true };
  }
}

const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Makes a file whole or not at all: `make` fills a temporary file beside it, which then takes its name. Whatever stops
 * it, also Ctrl-C, leaves the old file as it was and nothing beside it.
 */
export async function makeGivenFile<T>(file: string, make: (temporary: string) => Promise<T>): Promise<T> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}.tmp`);
  const clear = () => {
    // What SQLite keeps beside a file that it writes goes too.
    for (const ending of ["", "-journal", "-wal", "-shm"]) rmSync(temporary + ending, { force: true });
  };
  const end = (signal: NodeJS.Signals) => {
    clear();
    for (const name of ENDING) process.removeListener(name, end);
    process.kill(process.pid, signal);
  };
  for (const signal of ENDING) process.on(signal, end);
  try {
    const made = await make(temporary);
    syncFile(temporary);
    await rename(temporary, file);
    syncFolder(path.dirname(file));
    return made;
  } finally {
    clear();
    for (const signal of ENDING) process.removeListener(signal, end);
  }
}

/** Writes text to a file, a piece at a time, whole or not at all. */
export async function writeGivenFile(given: string, pieces: Iterable<string>): Promise<void> {
  const { file, replace } = target(given);
  try {
    if (replace) {
      await makeGivenFile(file, (temporary) => writeFile(temporary, pieces, { flag: "wx" }));
    } else {
      await writeFile(file, pieces);
    }
  } catch (error) {
    // A fault of the database is not the file's.
    if (error instanceof Error && "syscall" in error) cannot("written", given, error);
    throw error;
  }
}

/** Exports text to a file, or to standard output: as it is, or as the one string of `--json`'s object. */
export async function printExport(
  cli: Cli,
  what: string,
  pieces: Iterable<string>,
  name: string | undefined,
): Promise<void> {
  if (name === undefined) return writeOut(cli.json() ? asJsonString("csv", pieces) : pieces);
  const file = cli.fileOf(name);
  await writeGivenFile(file, pieces);
  await cli.print({ json: { file }, text: `${what} were written to ${file}.` });
}

/** `{"key":"…"}` a piece at a time, for text that is too long to hold. */
function* asJsonString(key: string, pieces: Iterable<string>): Generator<string> {
  yield `{${JSON.stringify(key)}:"`;
  for (const piece of pieces) yield JSON.stringify(piece).slice(1, -1);
  yield '"}\n';
}
