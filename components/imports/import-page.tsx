import type { ReactNode } from "react";
import { Alert } from "#components/ui/alert.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import {
  CLEAR,
  IMPORT_KINDS,
  IMPORT_MODE_NAMES,
  IMPORT_TOO_LARGE,
  type ImportKind,
} from "#lib/imports/rules.ts";
import { UploadForm } from "./upload-form.tsx";

/** Why an upload was refused, by the word in the URL. */
const UPLOAD_REFUSALS: Record<string, string> = {
  large: IMPORT_TOO_LARGE,
  empty: "Choose a file that is not empty.",
  storage:
    "The portal could not store the file because its disk is full or failing. Ask the operator to fix this, then upload the file again.",
};

/** The form that uploads a file, with a description of the format. */
export function ImportPage({
  kind,
  problem,
  columns,
  template,
}: {
  kind: ImportKind;
  /** Why the last upload was refused, from the URL. */
  problem: string;
  columns: readonly { name: string; meaning: ReactNode }[];
  /** A CSV file to start from. */
  template: string;
}) {
  const message = Object.hasOwn(UPLOAD_REFUSALS, problem) ? UPLOAD_REFUSALS[problem] : undefined;
  return (
    <div className="mx-auto max-w-2xl">
      <PageHeader
        title={`Import ${IMPORT_KINDS[kind].title.toLowerCase()}`}
        description="Upload a CSV or Excel file. If any row has an error, nothing is imported."
      />
      <Card className="grid grid-cols-1 gap-5">
        {message && <Alert tone="error">{message}</Alert>}
        <UploadForm kind={kind} />
        <section aria-labelledby="format">
          <h2 id="format" className="mb-2 font-semibold">
            File format
          </h2>
          <dl className="grid gap-x-4 gap-y-1.5 sm:grid-cols-[max-content_minmax(0,1fr)] [&_dt]:font-mono [&_dt]:text-[0.8125rem]">
            {columns.map(({ name, meaning }) => (
              <div key={name} className="contents">
                <dt>{name}</dt>
                <dd className="text-muted">{meaning}</dd>
              </div>
            ))}
          </dl>
          <p className="mt-3 text-muted">
            The first row names the columns, in any order; other columns are ignored. CSV with commas,
            semicolons or tabs, or the first sheet of an .xlsx workbook, at most 32 MB.{" "}
            <a
              download={`${kind}-template.csv`}
              href={`data:text/csv;charset=utf-8,${encodeURIComponent(template)}`}
              className="rounded-sm text-accent underline"
            >
              Download a template
            </a>
          </p>
          {kind !== "allocations" && (
            <p className="mt-2 text-muted">
              To change existing rows, export them, edit the file and import it with “
              {IMPORT_MODE_NAMES.change}
              ”. Only the columns in the file change. An empty cell keeps the value; <code>{CLEAR}</code>{" "}
              removes it.
            </p>
          )}
        </section>
      </Card>
    </div>
  );
}
