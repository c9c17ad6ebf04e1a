"use client";

import type { PrintCell } from "./print-cell.ts";

export type PrintColumn = { label: string; right?: boolean };
/** A cell for each column. */
export type PrintRow = { id: number; cells: readonly PrintCell[] };

/** The rows of a list to be printed. A client component, so that they are sent once, as data. */
export function PrintTable({
  label,
  columns,
  rows,
}: {
  label: string;
  columns: readonly PrintColumn[];
  rows: readonly PrintRow[];
}) {
  const [first, ...others] = columns;
  const classOf = (column: PrintColumn) => (column.right ? "right" : undefined);
  return (
    <table aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.label} scope="col" className={classOf(column)}>
              {column.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ id, cells }) => (
          <tr key={id}>
            {first && <th scope="row">{contentOf(cells[0])}</th>}
            {others.map((column, place) => (
              <td key={column.label} className={classOf(column)}>
                {contentOf(cells[place + 1])}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function contentOf(cell: PrintCell = "") {
  if (typeof cell === "string") return cell;
  return (
    <>
      {cell[0]}
      <small>{cell[1]}</small>
    </>
  );
}
