import type { Actor } from "#lib/actor.ts";
import { formatCount } from "#lib/credits.ts";

/** The largest file that an import takes, in bytes. */
export const IMPORT_MAX_BYTES = 32 * 1024 * 1024;
export const IMPORT_TOO_LARGE = "The file is larger than 32 MB. Split it and import the parts.";
/** How many bad rows and notes a report lists; the rest is only counted. */
export const REPORT_MAX_ROWS = 200;
/** How many good rows a report shows. */
export const REPORT_SAMPLE_ROWS = 20;

/** The kinds of imports, and the names of their pages. */
export const IMPORT_KINDS = {
  organizations: {
    one: "organization",
    many: "organizations",
    title: "Organizations",
    list: "/organizations",
    page: "/organizations/import",
  },
  members: {
    one: "membership",
    many: "memberships",
    title: "Members",
    list: "/members",
    page: "/members/import",
  },
  allocations: {
    one: "allocation",
    many: "allocations",
    title: "Credits",
    list: "/organizations",
    page: "/credits/import",
  },
} as const;
export type ImportKind = keyof typeof IMPORT_KINDS;

/** The page where a file of this kind is uploaded. The address of a preview begins with it. */
export function importHref(kind: ImportKind, id = ""): string {
  return `${IMPORT_KINDS[kind].page}${id && `/${id}`}`;
}

/** Whether a file adds what the portal lacks, changes what it has (found by code or email), or both. */
export const IMPORT_MODES = ["add", "change", "both"] as const;
export type ImportMode = (typeof IMPORT_MODES)[number];

export const IMPORT_MODE_NAMES: Record<ImportMode, string> = {
  add: "Add new ones",
  change: "Change existing ones",
  both: "Add new ones and change existing ones",
};

/** The text of a cell that clears an existing value. An empty cell keeps the value. */
export const CLEAR = "(clear)";

/** A value that a file changes, as its cell would have it: "" is none. */
export type CellChange = { column: string; old: string; new: string };

/** What a row of the file changes in something that exists. */
export type RowChange = { line: number; label: string; cells: CellChange[] };

/** A remark on a line of the file. */
export type LineRemark = { line: number; message: string };

/** What a file of allocations would move, as plain decimals. */
export type MovedReport = {
  total: string;
  pools: { name: string; available: string; change: string; after: string }[];
  /** The first rows. */
  lines: {
    line: number;
    name: string;
    code: string;
    before: string;
    amount: string;
    after: string;
    note: string;
  }[];
};

/** What puts many rows right at once, outside the file. */
export type Remedy =
  | { kind: "create_credit_type"; name: string }
  | { kind: "create_organization"; code: string }
  /** The rows exist already: the same file with another mode changes them. */
  | { kind: "change_existing" };

/** Errors of many rows that have one cause. */
export type ErrorGroup = { message: string; rows: number; lines: number[]; remedy?: Remedy };
/** How many groups a report has, and how many lines each names. */
export const GROUPS_MAX = 50;
export const GROUP_LINES_MAX = 5;

/** How a file was read, and what is wrong with it. Nothing is imported while there is an error. */
export type FileReport = {
  /** Rows with a value. */
  rows: number;
  /** Rows without any value, which are skipped. */
  emptyRows: number;
  /** How the file was read, a sentence each: its encoding, its separator. */
  fileNotes: string[];
  ignoredColumns: string[];
  errorCount: number;
  errors: LineRemark[];
  /** What was read in another way than it is written, such as `1.000` as 1. */
  noteCount: number;
  notes: LineRemark[];
};

/** What checking a file found. */
export type ImportReport = FileReport & {
  mode: ImportMode;
  /** How many rows add something, change something, and find everything as it is. */
  added: number;
  changed: number;
  unchanged: number;
  /** The first of the rows that change something. */
  changes: RowChange[];
  /** SHA-256 of all that the import would do: a preview is stale when another check answers another digest. */
  digest: string;
  active: number;
  inactive: number;
  /** The errors by their cause, the most frequent first; a report of an earlier version has none. */
  errorGroups?: ErrorGroup[];
  sample: { header: string[]; rows: string[][] };
  /** The organizations that a file of members names. Who may no longer read one of them may no longer see the report. */
  organizationIds?: number[];
  /** Of a file of allocations. */
  moved?: MovedReport;
};

/** "3 new, 1 changed, 2 unchanged": what a check found, or an import did. */
export function countsText({ added, changed, unchanged }: ImportReport): string {
  return `${formatCount(added)} new, ${formatCount(changed)} changed, ${formatCount(unchanged)} unchanged`;
}

/** "2 empty rows were skipped." */
export function emptyRowsText(emptyRows: number): string {
  return emptyRows === 1 ? "1 empty row was skipped." : `${formatCount(emptyRows)} empty rows were skipped.`;
}

/** The job of a thread on an upload, which a user has asked for. */
export type ImportJob = { id: string; task: "check" | "import"; actor: Actor };
/** The import's status while its job runs. */
export const DURING = { check: "checking", import: "importing" } as const;

/** How far a job is: `done` of `total` of a unit of its own. */
export type ImportProgress = {
  step: "waiting" | "reading" | "checking" | "importing";
  done: number;
  total: number;
};
