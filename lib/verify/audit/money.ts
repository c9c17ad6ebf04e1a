import type Sqlite from "better-sqlite3";
import { parseCredits, plainCredits } from "#lib/credits.ts";
import type { Fault } from "../report.ts";
import { credits, parsed, type Values } from "./values.ts";

const MONEY = ["credits.purchased", "credits.allocated", "credits.returned", "entry.reversed"];

type MoneyEntry = { id: bigint; subject_id: bigint; before: string | null; after: string | null };
type Moved = {
  kind: string;
  amount: bigint;
  subject: bigint;
  note: string | null;
  day: bigint | null;
  paid: bigint | null;
  invoice_number: string | null;
};

/** The details of a purchase under the names that audit entries use; null where there are none. */
function detailsNow({ day, paid, invoice_number }: Moved): Values {
  return {
    purchaseDate: day === null ? null : String(day).replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3"),
    paid: credits(paid),
    invoiceNumber: invoice_number,
  };
}

/** Each purchase, allocation, return and reversal has its audit entry, with the same amount, note and details. */
export function checkMoney(sqlite: Sqlite.Database, fault: Fault): void {
  const find = sqlite.prepare(
    `SELECT kind, amount, coalesce(organization_id, credit_type_id) AS subject, note, d.day, d.paid, d.invoice_number
     FROM ledger_entries LEFT JOIN purchase_details d ON d.entry_id = id WHERE id = ?`,
  );
  const audited = new Set<number>();
  const entries = sqlite
    .prepare(
      `SELECT id, subject_id, before, after FROM audit_entries WHERE action IN (${MONEY.map(() => "?").join(", ")})
       ORDER BY id`,
    )
    .iterate(...MONEY) as IterableIterator<MoneyEntry>;
  for (const { id, subject_id, before, after } of entries) {
    const values = parsed(after);
    const entry = typeof values.entry === "number" ? values.entry : 0;
    audited.add(entry);
    const name = `ledger_entries ${entry}`;
    const row = find.get(entry) as Moved | undefined;
    if (!row) {
      fault(name, `is missing, but audit entry ${id} refers to it`);
      continue;
    }
    const figure = "balance" in values ? "balance" : "available";
    const difference = amount(values[figure]) - amount(parsed(before)[figure]);
    const moved = difference < 0n ? -difference : difference;
    if (row.amount !== moved) {
      fault(name, `amount is ${credits(row.amount)}, but audit entry ${id} has ${plainCredits(moved)}`);
    }
    if (row.subject !== subject_id)
      fault(name, `belongs to ${row.subject}, but audit entry ${id} has ${subject_id}`);
    for (const [field, value] of Object.entries(detailsNow(row))) {
      const audited = values[field] ?? null;
      if (value === audited) continue;
      const text = `${field} is ${JSON.stringify(value)}, but audit entry ${id} has ${JSON.stringify(audited)}`;
      fault(`purchase_details ${entry}`, text);
    }
    if (row.note !== (values.note ?? null)) {
      fault(
        name,
        `note is ${JSON.stringify(row.note)}, but audit entry ${id} has ${JSON.stringify(values.note ?? null)}`,
      );
    }
  }
  const strays = sqlite
    .prepare(
      `SELECT entry_id FROM purchase_details WHERE coalesce(day, paid, invoice_number) IS NULL
         OR entry_id NOT IN (SELECT id FROM ledger_entries WHERE kind = 'purchase') ORDER BY entry_id`,
    )
    .pluck()
    .iterate() as IterableIterator<bigint>;
  for (const id of strays) fault(`purchase_details ${id}`, "are not the details of a purchase");
  const moved = sqlite
    .prepare("SELECT id FROM ledger_entries WHERE kind <> 'spend' ORDER BY id")
    .pluck()
    .iterate() as IterableIterator<bigint>;
  for (const id of moved) {
    if (!audited.has(Number(id))) fault(`ledger_entries ${id}`, "there is no audit entry about it");
  }
}

function amount(text: unknown): bigint {
  const credits = parseCredits(String(text));
  return credits.ok ? credits.value : 0n;
}
