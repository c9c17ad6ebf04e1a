import type { z } from "zod";
import { type CellChange, CLEAR } from "./rules.ts";
import type { RecordReader } from "./table.ts";

/** Whether `text` is `original` after a program put ? in place of each letter that its file's encoding lacks. */
function hasLostLetters(text: string, original: string): boolean {
  if (text === original || !text.includes("?")) return false;
  const letters = [...text];
  const originals = [...original];
  return (
    letters.length === originals.length &&
    letters.every(
      (letter, index) =>
        letter === originals[index] || (letter === "?" && (originals[index]?.codePointAt(0) ?? 0) > 0x7f),
    )
  );
}

/** Collects what a row changes in something that exists, by the cells that are there and not empty. */
export function cellChanges<Column extends string>({ cell, read, fault, note }: RecordReader<Column>) {
  const cells: CellChange[] = [];
  return {
    cells,
    /**
     * The value that the row gives a column: `current` where its cell is empty or missing, else what `schema` reads of
     * it; "(clear)" is `cleared`, or an error where that is left out. Undefined when the cell is invalid.
     */
    next<T>(
      column: Column,
      current: T,
      {
        schema,
        text,
        shown,
        ...options
      }: { schema: z.ZodType<T, string>; text?: string; shown: (value: T) => string; cleared?: T },
    ): T | undefined {
      const typed = cell(column);
      if (typed === "") return current;
      if (hasLostLetters(typed, shown(current))) {
        note(column, `“${typed}” has lost letters in the file's encoding. “${shown(current)}” stays.`);
        return current;
      }
      let value: T | undefined;
      if (typed.toLowerCase() === CLEAR) {
        if ("cleared" in options) value = options.cleared;
        else fault(column, "Cannot be cleared.");
      } else value = read(column, schema, text ?? typed);
      if (value !== undefined && shown(value) !== shown(current)) {
        cells.push({ column, old: shown(current), new: shown(value) });
      }
      return value;
    },
  };
}

/** A new row has nothing to clear, so that `(clear)` is the same as empty. */
export function withoutClear(text: string): string {
  return text.toLowerCase() === CLEAR ? "" : text;
}

/**
 * The file that brings back what rows change, as records with a header row: the cells that find each row, named by
 * `keyColumns`, and those of `columns` that any row changes. A cell that its row does not change is empty.
 */
export function undoRecords(
  keyColumns: readonly string[],
  columns: readonly string[],
  changes: readonly { key: readonly string[]; cells: readonly CellChange[] }[],
): string[][] {
  const changed = columns.filter((column) =>
    changes.some(({ cells }) => cells.some((cell) => cell.column === column)),
  );
  return [
    [...keyColumns, ...changed],
    ...changes.map(({ key, cells }) => [
      ...key,
      ...changed.map((column) => {
        const cell = cells.find((one) => one.column === column);
        return cell ? cell.old || CLEAR : "";
      }),
    ]),
  ];
}
