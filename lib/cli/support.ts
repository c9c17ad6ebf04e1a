import { randomUUID } from "node:crypto";
import { chmodSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { type Command, InvalidArgumentError } from "commander";
import type { z } from "zod";
import { DatabaseBusyError } from "#db/client.ts";
import { syncFile, syncFolder } from "#db/durable.ts";
import type { Actor } from "#lib/actor.ts";
import { recordHealthCheck } from "#lib/alerts/commands/health.ts";
import { BYTE_ORDER_MARK } from "#lib/csv.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import type { Result } from "#lib/result.ts";
import { wholeScope } from "#lib/scope/scope.ts";

/** Everybody who can run the command line may do everything. */
export const operator = { kind: "operator" } as const satisfies Actor;
/** What they may read. */
export const everything = wholeScope(operator);

/** The command is refused: exit code 1. `details` are added to the JSON object with code and message. */
export class CliRefusal extends Error {
  readonly code: string;
  readonly details: Record<string, unknown>;
  constructor(message: string, code = "refused", details: Record<string, unknown> = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** The arguments are invalid: exit code 2. For a single value use {@link typed}. */
export class WrongUsage extends Error {}

/** The output of a command: an object for `--json`, and the same as text. */
export type Printed = { json: object; text: string };

/** What the files of the concepts register their commands with. */
export type Cli = {
  /** Adds a command, or a command of a group: `command("demo", …)`, `command("user create", …)`. */
  command: (usage: string, description: string) => Command;
  /** Prints the output of the command on standard output. */
  print: (printed: Printed) => Promise<void>;
  /** Whether `--json` was given. */
  json: () => boolean;
  /** The absolute path of a file, relative to the folder in which the command was typed. */
  fileOf: (name: string) => string;
};

/**
 * A text for a terminal: control characters, such as those of a cell of a file or of a mail server's answer, would move the
 * cursor, change colours or worse.
 */
export function withoutControls(text: string): string {
  return text.replace(/[\0-\x08\v-\x1f\x7f-\x9f]/g, "\uFFFD");
}

/** The value of a result. @throws CliRefusal for a refused result */
export function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new CliRefusal(result.message, result.code);
  return result.value;
}

/** The row id of the organization with this code. @throws CliRefusal if there is none */
export function organizationIdOf(code: string): number {
  const organization = getOrganization(everything, code);
  if (organization) return organization.id;
  throw new CliRefusal(`There is no organization with the code ${code}.`, "organization_not_found");
}

/** Checks the value of an argument or option with a schema: `.argument("<EMAIL>", "…", typed(emailAddress))`. */
export function typed<S extends z.ZodType>(schema: S): (value: string) => z.output<S> {
  return (value) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(parsed.error.issues.map((issue) => issue.message).join(" "));
  };
}

/** Whether the reader of the output has closed it, as `head` does. */
export function isReaderGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}

/** Writes to standard output as fast as it is read. Ends without an error when the reader closes it. */
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

export function readInputFile(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    return cannot("read", file, error);
  }
}

/** Reads a line of standard input without showing it: from a pipe, or typed after `prompt` at a terminal. */
export async function readSecret(prompt: string): Promise<string> {
  if (!process.stdin.isTTY) return (await textOf(process.stdin)).replace(/\r?\n$/, "");
  // readline echoes what is typed to its output, so that output is thrown away.
  const nowhere = new Writable({ write: (_piece, _encoding, next) => next() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  process.stderr.write(prompt);
  try {
    return await new Promise((resolve, reject) => {
      terminal.once("line", resolve);
      terminal.once("close", () => reject(new CliRefusal("Nothing was typed.", "no_input")));
    });
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}

/** Resolves links. A device or pipe is not replaced but written to. */
function target(file: string): { file: string; replace: boolean } {
  try {
    const real = realpathSync(file);
    return { file: real, replace: statSync(real).isFile() };
  } catch {
    return { file, replace: true };
  }
}

const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs `clear` when the process is stopped during `work`, also by Ctrl-C, and then lets the signal end it. */
export async function clearingWhenStopped<T>(clear: () => void, work: () => Promise<T>): Promise<T> {
  const end = (signal: NodeJS.Signals) => {
    clear();
    for (const name of ENDING) process.removeListener(name, end);
    process.kill(process.pid, signal);
  };
  for (const signal of ENDING) process.on(signal, end);
  try {
    return await work();
  } finally {
    for (const signal of ENDING) process.removeListener(signal, end);
  }
}

/**
 * Makes a file completely or not at all: `make` fills a temporary file in the same folder, which is then renamed. When
 * it is stopped, also by Ctrl-C, the old file is unchanged and the temporary file is deleted.
 */
export async function makeOutputFile<T>(file: string, make: (temporary: string) => Promise<T>): Promise<T> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}.tmp`);
  const clear = () => {
    // SQLite's files beside it are deleted too.
    for (const ending of ["", "-journal", "-wal", "-shm"]) rmSync(temporary + ending, { force: true });
  };
  return clearingWhenStopped(clear, async () => {
    try {
      const result = await make(temporary);
      syncFile(temporary);
      await rename(temporary, file);
      syncFolder(path.dirname(file));
      return result;
    } finally {
      clear();
    }
  });
}

/** Writes text to a file in pieces, completely or not at all. */
async function writeOutputFile(name: string, pieces: Iterable<string>): Promise<void> {
  const { file, replace } = target(name);
  try {
    if (replace) {
      await makeOutputFile(file, async (temporary) => {
        await writeFile(temporary, pieces, { flag: "wx", mode: 0o600 });
        // The new file takes the permissions of the one that it replaces. Where there is none, only its owner reads it.
        const old = statSync(file, { throwIfNoEntry: false });
        if (old) chmodSync(temporary, old.mode & 0o777);
      });
    } else {
      await writeFile(file, pieces);
    }
  } catch (error) {
    // An error of the database, which `pieces` reads from, is not an error of the file.
    if (error instanceof Error && "syscall" in error) cannot("written", name, error);
    throw error;
  }
}

/**
 * Exports text to a file or to standard output. With `--json`, standard output gets one object with the text as a
 * string.
 */
export async function printExport(
  cli: Cli,
  what: string,
  pieces: Iterable<string>,
  name: string | undefined,
): Promise<void> {
  if (name === undefined) return writeOut(cli.json() ? asJsonString("csv", pieces) : marked(pieces));
  const file = cli.fileOf(name);
  await writeOutputFile(file, marked(pieces));
  await cli.print({ json: { file }, text: `${what} were written to ${file}.` });
}

function* marked(pieces: Iterable<string>): Generator<string> {
  yield BYTE_ORDER_MARK;
  yield* pieces;
}

/** `{"key":"…"}` in pieces, because the whole text may not fit into memory. */
function* asJsonString(key: string, pieces: Iterable<string>): Generator<string> {
  // The beginning waits for the first piece, so that a refusal is the only object.
  let beginning = `{${JSON.stringify(key)}:"`;
  for (const piece of pieces) {
    yield beginning + JSON.stringify(piece).slice(1, -1);
    beginning = "";
  }
  yield `${beginning}"}\n`;
}

/** On a terminal, one line of standard error names what `verify` checks; `clear` removes it. */
export function verifyProgress(stderr: NodeJS.WritableStream & { isTTY?: boolean } = process.stderr): {
  show: (check: string, share?: number) => void;
  clear: () => void;
} {
  const write = (line: string) => {
    if (stderr.isTTY) stderr.write(`\r\x1b[K${line}`);
  };
  return {
    show: (check, share) =>
      write(`Checking: ${share === undefined ? check : `${check} ${Math.floor(share * 100)}%`}`),
    clear: () => write(""),
  };
}

/** Records a backup or a check in the database of the data folder. The command succeeds even if that fails. */
export async function recordHealth(check: {
  kind: "backup" | "verify";
  faults: number;
  at?: Date;
}): Promise<void> {
  try {
    await recordHealthCheck(check, operator);
  } catch (error) {
    // The time of a backup is in a file of the data folder as well, which the portal reads.
    if (check.kind === "backup" && error instanceof DatabaseBusyError) return;
    const reason = error instanceof Error ? error.message : error;
    console.error(`When this was done could not be recorded in the portal: ${reason}`);
  }
}
