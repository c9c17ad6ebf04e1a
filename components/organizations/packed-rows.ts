import type { OrganizationRow } from "./organization-rows.ts";

/**
 * The rows of a list as one text, which is how they come to the browser: a line for each row, and its values between tabs.
 * As objects, their keys would be a fiftieth of the page's bytes, and React would read each value by itself. The object
 * around the text lets React send it once where two components have it.
 */
export type PackedRows = { text: string };

/** Names have no tabs or line breaks. One that had would move the values behind it. */
const cell = (text: string) => text.replace(/[\t\n]/g, " ");

export function packRows(rows: readonly OrganizationRow[]): PackedRows {
  const lines = rows.map((row) =>
    [
      String(row.id),
      cell(row.name),
      cell(row.code),
      row.balance,
      row.worth,
      row.spent,
      row.spent30,
      row.members,
      String(row.createdAt),
      row.created,
      row.runsOut,
      row.runsOutOn ?? "",
      row.urgency ?? "",
      cell(row.creditType),
      row.allowance,
      row.active ? "" : "inactive",
      row.tags.join(" "),
      row.spentWorth ?? "",
      row.spent30Worth ?? "",
    ]
      .join("\t")
      .trimEnd(),
  );
  return { text: lines.join("\n") };
}

export function unpackRows({ text }: PackedRows): OrganizationRow[] {
  return text === "" ? [] : text.split("\n").map(unpackRow);
}

function unpackRow(line: string): OrganizationRow {
  const [id, name = "", code = "", balance = "", worth = "", spent = "", spent30 = "", ...others] =
    line.split("\t");
  const [members = "", createdAt, created = "", runsOut = "", runsOutOn, urgency, ...rest] = others;
  const [creditType = "", allowance = "", inactive, tags, spentWorth, spent30Worth] = rest;
  return {
    id: Number(id),
    name,
    code,
    active: !inactive,
    createdAt: Number(createdAt),
    created,
    members,
    balance,
    worth,
    spent,
    spent30,
    ...(spent30Worth && { spent30Worth }),
    ...(spentWorth && { spentWorth }),
    runsOut,
    ...(runsOutOn && { runsOutOn }),
    ...((urgency === "danger" || urgency === "warning") && { urgency }),
    creditType,
    allowance,
    tags: tags ? tags.split(" ") : [],
  };
}
