import { KindBadge } from "#components/transactions/kind-badge.tsx";
import { purchaseDetailsText } from "#components/transactions/purchase-details.ts";
import { transactionHref } from "#components/transactions/transaction-href.ts";
import { Digits } from "#components/ui/digits.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { signedCredits } from "#lib/credits.ts";
import { poolChange } from "#lib/ledger/rules.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";
import type { Transaction } from "#lib/transactions/queries/entries.ts";

/** Classes for all rows and cells: a table, or on a narrow screen one card per row. */
const ROWS = [
  "tabular-nums @max-2xl:block [&>tr>td]:wrap-anywhere",
  "@max-2xl:[&>tr]:grid @max-2xl:[&>tr]:grid-cols-[auto_minmax(0,1fr)] @max-2xl:[&>tr]:gap-x-3 @max-2xl:[&>tr]:px-3 @max-2xl:[&>tr]:py-2.5",
  "@max-2xl:[&>tr]:border-line @max-2xl:[&>tr+tr]:border-t",
  "@2xl:[&>tr>*]:border-t @2xl:[&>tr>*]:border-line @2xl:[&>tr>*]:px-3 @2xl:[&>tr>*]:py-2 @2xl:[&>tr>*]:align-top",
  "[&_a]:rounded-sm [&_a]:underline [&_a]:decoration-line-strong [&_a]:underline-offset-2 [&_a:hover]:decoration-current",
].join(" ");

/** The entries of a pool, newest first, each with what it adds to the pool or takes from it. */
export function PoolHistory({ entries, calendar }: { entries: readonly Transaction[]; calendar: Calendar }) {
  return (
    <div className="@container">
      <table
        aria-label="History"
        className="w-full rounded-lg border border-line bg-surface text-left text-[0.8125rem] shadow-card @max-2xl:block @2xl:border-separate @2xl:border-spacing-0"
      >
        <thead className="text-muted @max-2xl:sr-only [&_th]:px-3 [&_th]:py-2 [&_th]:font-medium">
          <tr>
            <th scope="col">Date</th>
            <th scope="col">Kind</th>
            <th scope="col">Organization</th>
            <th scope="col">Note</th>
            <th scope="col" className="text-right">
              Change
            </th>
          </tr>
        </thead>
        <tbody className={ROWS}>
          {entries.map((entry) => (
            <tr key={entry.id}>
              <th scope="row" className="font-normal whitespace-nowrap">
                <SoftLink href={transactionHref(entry.id)}>
                  <time dateTime={entry.occurredAt.toISOString()}>
                    {formatDateTime(entry.occurredAt, calendar)}
                  </time>
                </SoftLink>
              </th>
              <td className="@max-2xl:order-3">
                <KindBadge kind={entry.kind} />
                <Correction entry={entry} />
              </td>
              <td className="@max-2xl:order-4 @max-2xl:text-right">
                {entry.organization ? (
                  <SoftLink href={`/organizations/${encodeURIComponent(entry.organization.code)}`}>
                    {entry.organization.name}
                  </SoftLink>
                ) : (
                  <span aria-hidden className="text-muted @max-2xl:hidden">
                    –
                  </span>
                )}
              </td>
              <td className="text-muted @max-2xl:order-5 @max-2xl:col-span-2">
                <Details entry={entry} calendar={calendar} />
                {entry.note}
              </td>
              <td
                className={`text-right font-medium @max-2xl:order-2 @2xl:whitespace-nowrap ${entry.reversedById === null ? "" : "text-muted line-through"}`}
              >
                <Digits>{signedCredits(poolChange(entry))}</Digits>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Details({ entry, calendar }: { entry: Transaction; calendar: Calendar }) {
  const text = purchaseDetailsText(entry, calendar);
  return text && <span className="block text-ink">{text}</span>;
}

/** The link from a reversal to the entry that it reverses, and back. */
function Correction({ entry }: { entry: Pick<Transaction, "reversesId" | "reversedById"> }) {
  const id = entry.reversesId ?? entry.reversedById;
  if (id === null) return null;
  return (
    <span className="block text-xs text-muted">
      {entry.reversesId === null ? "Reversed by" : "Reverses"}{" "}
      <SoftLink href={transactionHref(id)} className="whitespace-nowrap">
        #{id}
      </SoftLink>
    </span>
  );
}
