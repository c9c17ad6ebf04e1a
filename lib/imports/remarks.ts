import {
  type ErrorGroup,
  GROUP_LINES_MAX,
  GROUPS_MAX,
  type LineRemark,
  REPORT_MAX_ROWS,
  type Remedy,
} from "./rules.ts";

/** A report repeats at most this much of the file in one place, because one cell may be as long as the file. */
const SHOWN_MAX_CHARACTERS = 300;
/** A text of the file as a report repeats it. */
export function shown(text: string): string {
  return text.length > SHOWN_MAX_CHARACTERS ? `${text.slice(0, SHOWN_MAX_CHARACTERS).toWellFormed()}…` : text;
}

/** Collects remarks: counts all, keeps the first. */
export function remarks() {
  const first: LineRemark[] = [];
  let count = 0;
  return {
    add(line: number, message: string) {
      count += 1;
      if (first.length < REPORT_MAX_ROWS) first.push({ line, message: shown(message) });
    },
    get count() {
      return count;
    },
    first,
  };
}

/** Collects errors by their cause. */
export function groups() {
  const byMessage = new Map<string, ErrorGroup>();
  return {
    add(line: number, message: string, remedy?: Remedy) {
      const text = shown(message);
      const group = byMessage.get(text);
      if (group) {
        group.rows += 1;
        if (group.lines.length < GROUP_LINES_MAX) group.lines.push(line);
      } else byMessage.set(text, { message: text, rows: 1, lines: [line], ...(remedy && { remedy }) });
    },
    mostFrequent: () => [...byMessage.values()].sort((a, b) => b.rows - a.rows).slice(0, GROUPS_MAX),
  };
}
