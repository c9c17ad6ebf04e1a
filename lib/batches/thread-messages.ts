import { DatabaseBusyError, DatabaseUnavailableError, StorageError } from "#db/unavailable.ts";
import { ForbiddenError, OutsideScopeError, type Role } from "#lib/actor.ts";
import type { AnswerOf, ArgumentsOf, BatchCommand } from "./commands/table.ts";

// What a request and the thread of its batch tell each other.

/** A command to run. */
export type BatchTask<Name extends BatchCommand = BatchCommand> = { name: Name; input: ArgumentsOf<Name> };

/** An error of a command whose message is for the person. A copy of an error loses its class on the way. */
export type PassedError =
  | { kind: "forbidden"; needed: Role }
  | { kind: "outside_scope" }
  | { kind: "busy" }
  | { kind: "storage"; status: 503 | 507 };

/** How far a command is. */
export type BatchProgress = { done: number; total: number };

export type BatchMessage<Name extends BatchCommand = BatchCommand> =
  | { progress: BatchProgress }
  | { answer: AnswerOf<Name> }
  | { error: PassedError };

/** An error as a message; null for one that is a bug. */
export function passedError(error: unknown): PassedError | null {
  if (error instanceof ForbiddenError) return { kind: "forbidden", needed: error.needed };
  if (error instanceof OutsideScopeError) return { kind: "outside_scope" };
  if (error instanceof DatabaseBusyError) return { kind: "busy" };
  return error instanceof DatabaseUnavailableError ? { kind: "storage", status: error.status } : null;
}

/** The error that a message tells of. */
export function errorOf(passed: PassedError): Error {
  switch (passed.kind) {
    case "forbidden":
      return new ForbiddenError(passed.needed);
    case "outside_scope":
      return new OutsideScopeError();
    case "busy":
      return new DatabaseBusyError();
    case "storage":
      return new StorageError(passed.status, new Error("in the thread of a batch"));
  }
}
