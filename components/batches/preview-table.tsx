import Link from "next/link";
import type { ReactNode } from "react";
import { Pagination } from "#components/ui/pagination.tsx";

/** How many rows a page of a preview has. */
const PREVIEW_PAGE_SIZE = 100;

/** A row of a preview. */
export type PreviewRow = {
  id: number;
  name: ReactNode;
  /** Of its organization. */
  code: string;
  /** In the order of the columns. */
  values: readonly string[];
  /** Why it stays as it is, or what is short. */
  remark: string;
  isShort: boolean;
};

/** What a change would do to each row, a page of it. */
export function PreviewTable<Row>({
  label,
  subject,
  columns,
  rows,
  pages,
  read,
}: {
  label: string;
  /** What a row is, e.g. "Organization". */
  subject: string;
  columns: readonly string[];
  rows: readonly Row[];
  /** Without them all rows are shown. */
  pages?: {
    /** From 1; a page past the end shows the last. */
    current: number;
    href: (page: number) => string;
  };
  read: (row: Row) => PreviewRow;
}) {
  const count = Math.max(1, Math.ceil(rows.length / PREVIEW_PAGE_SIZE));
  const shown = Math.min(pages?.current ?? 1, count);
  const ofPage = pages ? rows.slice((shown - 1) * PREVIEW_PAGE_SIZE, shown * PREVIEW_PAGE_SIZE) : rows;
  const items = ofPage.map(read);
  // On a phone, an empty column would hide what is after the change.
  const hasRemarks = items.some(({ remark }) => remark !== "");
  return (
    <div>
      <section
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
        tabIndex={0}
        className="relative overflow-x-auto rounded-lg border border-line bg-surface shadow-card"
      >
        <table className="figures w-full text-left text-[0.8125rem]">
          <thead className="text-muted">
            <tr>
              <th scope="col" className="px-3 py-2 font-normal">
                {subject}
              </th>
              {columns.map((column) => (
                <th key={column} scope="col" className="px-3 py-2 text-right font-normal">
                  {column}
                </th>
              ))}
              {hasRemarks && (
                <th scope="col" className="min-w-40 px-3 py-2 font-normal">
                  Remark
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {items.map(({ id, name, code, values, remark, isShort }) => (
              <tr key={id} className="border-t border-line">
                <th scope="row" className="min-w-40 px-3 py-2 font-medium wrap-anywhere">
                  {code === "" ? (
                    name
                  ) : (
                    <Link
                      href={`/organizations/${encodeURIComponent(code)}`}
                      prefetch={false}
                      className="rounded-sm hover:underline"
                    >
                      {name}
                    </Link>
                  )}
                  <span className="block font-mono text-xs font-normal break-all text-muted">{code}</span>
                </th>
                {values.map((value, index) => (
                  <td
                    key={columns[index]}
                    className={`px-3 py-2 text-right ${isShort && index === values.length - 1 ? "text-danger" : ""}`}
                  >
                    {value}
                  </td>
                ))}
                {hasRemarks && (
                  <td
                    className={`px-3 py-2 wrap-anywhere ${isShort ? "font-medium text-danger" : "text-muted"}`}
                  >
                    {remark}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {pages && count > 1 && (
        <Pagination
          page={shown}
          pages={count}
          total={rows.length}
          pageSize={PREVIEW_PAGE_SIZE}
          href={pages.href}
        />
      )}
    </div>
  );
}
