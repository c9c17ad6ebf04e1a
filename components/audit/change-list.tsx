import type { ReactNode } from "react";
import { transactionHref } from "#components/transactions/transaction-href.ts";
import { SoftLink } from "#components/ui/soft-link.tsx";
import type { AuditItem } from "#lib/audit/queries.ts";
import { signedCredits } from "#lib/credits.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";
import { actionWords, actorWords, type Difference, differencesOf, movedCredits } from "./words.ts";

/** The latest changes of one thing, newest first: a line each, with what moved or what became of each field. */
export function ChangeList({
  items,
  calendar,
  subjectOf,
}: {
  items: readonly AuditItem[];
  calendar: Calendar;
  /** What a change is about, where the changes are of several things. */
  subjectOf?: (item: AuditItem) => string | false;
}) {
  if (items.length === 0) return <p className="text-muted">Nothing has changed yet.</p>;
  return (
    <ol className="divide-y divide-line rounded-lg border border-line bg-surface text-[0.8125rem] shadow-card">
      {items.map((item) => (
        <li
          key={item.id}
          id={`change-${item.id}`}
          className="figures flex flex-wrap items-baseline gap-x-4 gap-y-0.5 px-4 py-2"
        >
          <time dateTime={item.at.toISOString()} className="w-28 shrink-0 whitespace-nowrap text-muted">
            {formatDateTime(item.at, calendar)}
          </time>
          <p className="min-w-0 flex-1 basis-72 wrap-anywhere">
            <span className="font-medium">{actionWords(item.action)}</span>
            <About>{subjectOf?.(item)}</About>
            {" · "}
            <What item={item} calendar={calendar} />
          </p>
          <p className="max-w-full min-w-0 wrap-anywhere text-muted" title={item.address ?? undefined}>
            {actorWords(item)}
          </p>
        </li>
      ))}
    </ol>
  );
}

function About({ children }: { children: ReactNode }) {
  return children ? <span className="text-muted"> {children}</span> : null;
}

/** The amount and its transaction where credits moved; otherwise the fields. */
function What({ item, calendar }: { item: AuditItem; calendar: Calendar }) {
  const moved = movedCredits(item);
  const differences = differencesOf(item, calendar);
  if (moved === null) {
    return differences.map((difference) => <Field key={difference.field} difference={difference} />);
  }
  const [entry] = differences.filter(({ field }) => field === "entry");
  const others = differences.filter(({ field }) => !["balance", "available", "entry"].includes(field));
  return (
    <>
      <span className="font-medium">{signedCredits(moved)}</span>{" "}
      {entry && entry.transaction !== null && (
        <SoftLink
          href={transactionHref(entry.transaction)}
          className="underline decoration-line-strong underline-offset-2 hover:decoration-current"
        >
          {entry.after}
        </SoftLink>
      )}{" "}
      {others.map((difference) => (
        <Field key={difference.field} difference={difference} />
      ))}
    </>
  );
}

function Field({ difference: { label, before, after, transaction } }: { difference: Difference }) {
  return (
    <span className="mr-3 inline-block max-w-full">
      <span className="text-muted">{label}</span>{" "}
      {before !== null && (
        <>
          <del className="text-muted decoration-line-strong">{before}</del>
          {after !== null && (
            <span aria-hidden className="text-muted">
              {" → "}
            </span>
          )}
        </>
      )}
      {after !== null && (
        <ins className="no-underline">
          {transaction === null ? (
            after
          ) : (
            <SoftLink
              href={transactionHref(transaction)}
              className="underline decoration-line-strong underline-offset-2 hover:decoration-current"
            >
              {after}
            </SoftLink>
          )}
        </ins>
      )}
    </span>
  );
}
