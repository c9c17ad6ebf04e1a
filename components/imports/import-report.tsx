import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { formatCount } from "#lib/credits.ts";
import {
  countsText,
  type ErrorGroup,
  emptyRowsText,
  IMPORT_MODE_NAMES,
  type ImportReport,
  type LineRemark,
  type Remedy,
} from "#lib/imports/rules.ts";

/** The result of checking a file: totals, errors, notes, and the first rows. */
export function ImportReportView({
  report,
  here,
  badRowsHref,
  mayCreate,
}: {
  report: ImportReport;
  /** The page's own address, to which the form of a remedy leads back. */
  here: string;
  /** Where the rows with an error are as a file; null if there is none. */
  badRowsHref: string | null;
  /** Whether the reader may create credit types and organizations: admins of the enterprise. */
  mayCreate: boolean;
}) {
  return (
    <div className="grid grid-cols-1 gap-5">
      <p className="figures">
        <strong className="font-semibold">
          {formatCount(report.rows)} {report.rows === 1 ? "row" : "rows"}
        </strong>
        {report.errorCount === 0 && (
          <span className="text-muted">
            : {formatCount(report.active)} active, {formatCount(report.inactive)} inactive
          </span>
        )}
      </p>
      {report.errorCount === 0 && report.mode !== "add" && <p className="figures">{countsText(report)}</p>}
      {report.errorCount > 0 && (
        <section aria-labelledby="errors" className="grid grid-cols-1 gap-3">
          <Alert tone="error">
            <h2 id="errors" className="font-semibold">
              {formatCount(report.errorCount)} {report.errorCount === 1 ? "error" : "errors"}. Nothing was
              imported. Correct the file and upload it again.
            </h2>
          </Alert>
          <Groups groups={report.errorGroups ?? []} here={here} mayCreate={mayCreate} />
          {badRowsHref !== null && (
            <p>
              <a href={badRowsHref} download className={buttonClass({ size: "sm" })}>
                Download the rows with errors
              </a>{" "}
              <span className="text-[0.8125rem] text-muted">
                Each with its line and the reason. Correct them there and upload that file.
              </span>
            </p>
          )}
          <details open={(report.errorGroups ?? []).every(({ rows }) => rows === 1)}>
            <summary className="mb-2 rounded-sm font-medium">Every error by its line</summary>
            <Remarks remarks={report.errors} count={report.errorCount} label="Reason" />
          </details>
        </section>
      )}
      {(report.fileNotes.length > 0 || report.emptyRows > 0) && (
        <Alert tone="info">
          {[...report.fileNotes, ...(report.emptyRows > 0 ? [emptyRowsText(report.emptyRows)] : [])].join(
            " ",
          )}
        </Alert>
      )}
      {report.ignoredColumns.length > 0 && (
        <Alert tone="info">
          Ignored {report.ignoredColumns.length === 1 ? "column" : "columns"}:{" "}
          {report.ignoredColumns.join(", ")}
        </Alert>
      )}
      {report.errorCount === 0 && report.changes.length > 0 && (
        <section aria-labelledby="changes" className="grid grid-cols-1 gap-3">
          <h2 id="changes" className="font-semibold">
            Changes
          </h2>
          <Table
            label="Changed cells"
            header={["Line", "What", "Column", "Old", "New"]}
            rows={report.changes.flatMap(({ line, label, cells }) =>
              cells.map(({ column, old, new: value }) => ({
                key: `${line} ${column}`,
                cells: [formatCount(line), label, column, old || "(empty)", value || "(empty)"],
              })),
            )}
          />
          {report.changed > report.changes.length && (
            <p className="text-[0.8125rem] text-muted">
              The first {formatCount(report.changes.length)} of {formatCount(report.changed)} rows are shown.
            </p>
          )}
        </section>
      )}
      {report.noteCount > 0 && (
        <section aria-labelledby="notes" className="grid grid-cols-1 gap-3">
          <h2 id="notes" className="font-semibold">
            Automatic corrections
          </h2>
          <Remarks remarks={report.notes} count={report.noteCount} label="Note" />
        </section>
      )}
      {report.sample.rows.length > 0 && (
        <section aria-labelledby="sample" className="grid grid-cols-1 gap-3">
          <h2 id="sample" className="font-semibold">
            {report.sample.rows.length === 1 ? "First row" : `First ${report.sample.rows.length} rows`}
          </h2>
          <Table
            label="First rows"
            header={report.sample.header}
            rows={report.sample.rows.map((cells, index) => ({ key: String(index), cells }))}
          />
        </section>
      )}
    </div>
  );
}

/** The errors of many rows by their cause, each with what puts it right. */
function Groups({
  groups,
  here,
  mayCreate,
}: {
  groups: readonly ErrorGroup[];
  here: string;
  mayCreate: boolean;
}) {
  const frequent = groups.filter(({ rows, remedy }) => rows > 1 || remedy);
  if (frequent.length === 0) return null;
  return (
    <ul className="divide-y divide-line rounded-md border border-line">
      {frequent.map(({ message, rows, lines, remedy }) => (
        <li key={message} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1.5 px-3 py-2">
          <div className="min-w-0">
            <p className="font-medium wrap-anywhere">{message}</p>
            <p className="figures text-[0.8125rem] text-muted">
              {formatCount(rows)} {rows === 1 ? "row" : "rows"}: {rows === 1 ? "line" : "lines"}{" "}
              {lines.map(formatCount).join(", ")}
              {rows > lines.length && " …"}
            </p>
          </div>
          {remedy &&
            (mayCreate || remedy.kind === "change_existing" ? (
              <RemedyLink remedy={remedy} here={here} />
            ) : (
              <span className="text-[0.8125rem] text-muted">An admin of the enterprise can create it.</span>
            ))}
        </li>
      ))}
    </ul>
  );
}

function RemedyLink({ remedy, here }: { remedy: Remedy; here: string }) {
  switch (remedy.kind) {
    case "create_credit_type":
      return (
        <SoftLink
          href={`/credit-types/new?${new URLSearchParams({ name: remedy.name, back: here })}`}
          className={`${buttonClass({ size: "sm" })} max-w-full`}
        >
          <span className="truncate">Create {remedy.name}</span>
        </SoftLink>
      );
    case "create_organization":
      return (
        <SoftLink
          href={`/organizations/new?${new URLSearchParams({ code: remedy.code, back: here })}`}
          className={buttonClass({ size: "sm" })}
        >
          Create the organization
        </SoftLink>
      );
    case "change_existing":
      return (
        <span className="text-[0.8125rem] text-muted">
          Check again with “{IMPORT_MODE_NAMES.both}”, below.
        </span>
      );
  }
}

function Remarks({
  remarks,
  count,
  label,
}: {
  remarks: readonly LineRemark[];
  count: number;
  label: string;
}) {
  return (
    <>
      <Table
        label={label}
        header={["Line", label]}
        rows={remarks.map(({ line, message }, index) => ({
          key: String(index),
          cells: [formatCount(line), message],
        }))}
      />
      {count > remarks.length && (
        <p className="text-[0.8125rem] text-muted">
          The first {formatCount(remarks.length)} of {formatCount(count)} are shown.
        </p>
      )}
    </>
  );
}

/** A word of more characters is broken. A shorter one would only make its column too narrow to read. */
const LONGEST_WHOLE_WORD = 30;

function hasLongWord(text: string): boolean {
  return text.split(" ").some((word) => word.length > LONGEST_WHOLE_WORD);
}

function Table({
  label,
  header,
  rows,
}: {
  label: string;
  header: readonly string[];
  rows: readonly { key: string; cells: readonly string[] }[];
}) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
      tabIndex={0}
      className="relative max-h-96 overflow-auto rounded-md border border-line"
    >
      <table className="w-full text-left text-[0.8125rem]">
        <thead className="sticky top-0 bg-raised text-muted">
          <tr>
            {header.map((heading) => (
              <th key={heading} scope="col" className="px-3 py-1.5 font-medium whitespace-nowrap">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells }) => (
            <tr key={key} className="figures border-t border-line">
              {cells.map((cell, index) => (
                <td
                  // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place
                  key={index}
                  className={`px-3 py-1.5 ${hasLongWord(cell) ? "min-w-40 wrap-anywhere" : ""}`}
                >
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
