/** The largest file that an import takes, in bytes. */
export const IMPORT_MAX_BYTES = 32 * 1024 * 1024;
/** How many bad rows and notes a report lists; the rest is only counted. */
export const REPORT_MAX_ROWS = 200;
/** How many good rows a report shows. */
export const REPORT_SAMPLE_ROWS = 20;

/** Something to say about a line of the file. */
export type LineRemark = { line: number; message: string };

/** What checking a file found. Nothing is imported while there is an error. */
export type ImportReport = {
  rows: number;
  active: number;
  inactive: number;
  ignoredColumns: string[];
  errorCount: number;
  errors: LineRemark[];
  noteCount: number;
  notes: LineRemark[];
  sample: { header: string[]; rows: string[][] };
};

/** How far a job is: `done` of `total` of a unit of its own. */
export type ImportProgress = { step: "reading" | "checking" | "importing"; done: number; total: number };
