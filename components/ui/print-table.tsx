"use client";

import { use } from "react";
import type { PrintCell } from "./print-cell.ts";

export type PrintColumn = { label: string; right?: boolean };
/** A cell for each column. */
export type PrintRow = { id: number; cells: readonly PrintCell[] };
export type PrintPiece = { id: number; rows: Promise<readonly PrintRow[]> };

/**
 * The rows of a list to be printed. A client component, so that they are sent once, as data.
 *
 * @param pieces the rows, in pieces that the server renders one after the other
 */
export function PrintTable({
  label,
  columns,
  pieces,
}: {
  label: string;
  columns: readonly PrintColumn[];
  pieces: readonly PrintPiece[];
}) {
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
        {pieces.map(({ id, rows }) => (
          <Rows key={id} columns={columns} rows={rows} />
        ))}
      </tbody>
    </table>
  );
}

function Rows({
  columns: [first, ...others],
  rows,
}: {
  columns: readonly PrintColumn[];
  rows: PrintPiece["rows"];
}) {
  return use(rows).map(({ id, cells }) => (
    <tr key={id}>
      {first && <th scope="row">{contentOf(cells[0])}</th>}
      {others.map((column, place) => (
        <td key={column.label} className={classOf(column)}>
          {contentOf(cells[place + 1])}
        </td>
      ))}
    </tr>
  ));
}

const classOf = (column: PrintColumn) => (column.right ? "right" : undefined);

function contentOf(cell: PrintCell = "") {
  if (typeof cell === "string") return cell;
  return (
    <>
      {cell[0]}
      <small>{cell[1]}</small>
    </>
  );
}
