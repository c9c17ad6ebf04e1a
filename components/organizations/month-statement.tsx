import Link from "next/link";
import type { ReactNode } from "react";
import { formatDay } from "#lib/calendar.ts";
import { formatCount, formatCredits, signedCredits } from "#lib/credits.ts";
import { KIND_LABELS } from "#lib/ledger/rules.ts";
import { type Currency, moneyText } from "#lib/money.ts";
import type { MonthStatement, StatementPart, StatementRates } from "#lib/organizations/statement.ts";
import type { DateFormat } from "#lib/time.ts";

/**
 * The figures of a month that add up, and what they consist of. Balances have the worth of their moment. What moved has
 * one where the rate was the same all month, because its sums are by day and a rate may change within a day.
 */
export function MonthStatementTables({
  statement,
  dateFormat,
  rates,
  currency,
}: {
  statement: MonthStatement;
  dateFormat: DateFormat;
  rates: StatementRates;
  currency: Currency;
}) {
  const worthBy = (rate: bigint | null) => (credits: bigint) =>
    rate === null ? "–" : moneyText(credits, rate, currency);
  const worth = worthBy(rates.within);
  const { opening, added, returned, corrected, spent, closing, movements, moreMovements } = statement;
  const lines: readonly (readonly [label: string, amount: bigint, text: string])[] = [
    ["Credits added", added, signedCredits(added)],
    ["Credits returned", returned, signedCredits(-returned)],
    ...(corrected === 0n ? [] : [["Corrections", corrected, signedCredits(corrected)] as const]),
    ["Spent", spent, signedCredits(-spent)],
  ];
  return (
    <div className="grid gap-6">
      <Table caption="Balance" head={["", "Credits", "Worth"]}>
        <Row name="Opening balance" cells={[formatCredits(opening), worthBy(rates.opening)(opening)]} />
        {lines.map(([label, amount, text]) => (
          <Row key={label} name={label} cells={[text, worth(amount < 0n ? -amount : amount)]} />
        ))}
        <Row
          name="Closing balance"
          cells={[formatCredits(closing), worthBy(rates.closing)(closing)]}
          strong
        />
      </Table>
      {rates.within === null && (
        <p className="-mt-3 text-[0.8125rem] text-muted">
          The exchange rate changed in this month, so that what moved has several rates. The CSV export of the
          transactions has the worth of each.
        </p>
      )}
      {movements.length > 0 && (
        <Table caption="Credits added and returned" head={["Day", "Note", "Credits"]}>
          {movements.map((movement) => (
            <tr key={movement.id} className={ROW}>
              <th scope="row" className="py-1.5 pr-3 text-left font-normal whitespace-nowrap">
                <Link
                  href={`/transactions/${movement.id}`}
                  prefetch={false}
                  className="rounded-sm hover:underline"
                >
                  {formatDay(movement.day, dateFormat)}
                </Link>
              </th>
              <td className="w-full py-1.5 pr-3 wrap-anywhere">
                {KIND_LABELS[movement.kind]}
                {movement.note && <span className="text-muted">: {movement.note}</span>}
              </td>
              <td className={NUMBER}>{signedCredits(movement.amount)}</td>
            </tr>
          ))}
          {moreMovements > 0 && (
            <tr className={ROW}>
              <td colSpan={3} className="py-1.5 text-muted">
                {formatCount(moreMovements)} more are in the list of transactions.
              </td>
            </tr>
          )}
        </Table>
      )}
      <Parts caption="Spent by member" parts={statement.members} total={spent} worth={worth} />
      <Parts caption="Spent by application" parts={statement.applications} total={spent} worth={worth} />
    </div>
  );
}

function Parts({
  caption,
  parts,
  total,
  worth,
}: {
  caption: string;
  parts: readonly StatementPart[];
  total: bigint;
  worth: (credits: bigint) => string;
}) {
  if (parts.length === 0) return null;
  return (
    <Table caption={caption} head={["Name", "Credits", "Worth"]}>
      {parts.map(({ name, detail, spent }) => (
        <Row
          key={`${name} ${detail}`}
          name={name ?? "Others"}
          detail={detail}
          cells={[formatCredits(spent), worth(spent)]}
        />
      ))}
      <Row name="Total" cells={[formatCredits(total), worth(total)]} strong />
    </Table>
  );
}

const ROW = "border-t border-line";
const NUMBER = "figures py-1.5 pl-3 text-right whitespace-nowrap";

function Table({
  caption,
  head,
  children,
}: {
  caption: string;
  head: readonly [string, string, string];
  children: ReactNode;
}) {
  const [first, second, third] = head;
  const isText = second === "Note";
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-[0.8125rem]">
        <caption className="mb-1.5 text-left text-sm font-semibold">{caption}</caption>
        <thead className="text-muted">
          <tr>
            <th scope="col" className="py-1.5 pr-3 text-left font-medium">
              {first === "" ? <span className="sr-only">Line</span> : first}
            </th>
            <th
              scope="col"
              className={isText ? "py-1.5 pr-3 text-left font-medium" : `${NUMBER} font-medium`}
            >
              {second}
            </th>
            <th scope="col" className={`${NUMBER} font-medium`}>
              {third}
            </th>
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

function Row({
  name,
  detail = null,
  cells,
  strong = false,
}: {
  name: string;
  detail?: string | null;
  cells: readonly [string, string];
  strong?: boolean;
}) {
  return (
    <tr className={strong ? "border-t-2 border-line-strong font-semibold" : ROW}>
      <th scope="row" className={`py-1.5 pr-3 text-left wrap-anywhere ${strong ? "" : "font-normal"}`}>
        {name}
        {detail && <span className="text-muted"> {detail}</span>}
      </th>
      {cells.map((cell, place) => (
        <td key={place === 0 ? "credits" : "worth"} className={place === 0 ? NUMBER : `${NUMBER} text-muted`}>
          {cell}
        </td>
      ))}
    </tr>
  );
}
