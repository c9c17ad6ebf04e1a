import Link from "next/link";
import type { ReactNode } from "react";
import { Card } from "#components/ui/card.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Email } from "#components/ui/email.tsx";
import { formatDay } from "#lib/calendar.ts";
import { currencyOf } from "#lib/credit-types/rules.ts";
import { formatCredits } from "#lib/credits.ts";
import type { Account } from "#lib/ledger/rules.ts";
import { paidText } from "#lib/money.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";
import type { Transaction } from "#lib/transactions/queries/entries.ts";
import { transactionsHref, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { transactionHref } from "./transaction-href.ts";

/** Every field of one entry. */
export function TransactionDetails({
  transaction,
  worth,
  sameExternalId,
  calendar,
}: {
  transaction: Transaction;
  /** What its credits are worth by the rate of their time. */
  worth: string;
  /** The ids of other entries with its external id. */
  sameExternalId: readonly number[];
  calendar: Calendar;
}) {
  const { organization, member, application, creditType, apiKey } = transaction;
  return (
    <div className="grid gap-3 lg:grid-cols-2">
      <Card>
        <h2 className="mb-3 font-semibold">Details</h2>
        <dl className="grid gap-2">
          <Field label="Credits">
            <span className="font-semibold">{formatCredits(transaction.amount)}</span>{" "}
            <span className="text-muted">= {worth}</span>
          </Field>
          <Field label="Credit type">
            {creditType.name} ({creditType.currency})
          </Field>
          <Field label="Occurred">
            <Instant at={transaction.occurredAt} calendar={calendar} />
          </Field>
          <Field label="Counts toward">{formatDay(transaction.day, calendar.dateFormat)}</Field>
          {organization && (
            <Field label="Organization">
              <FieldLink href={`/organizations/${encodeURIComponent(organization.code)}`}>
                {organization.name}
              </FieldLink>{" "}
              <span className="font-mono text-xs text-muted">{organization.code}</span>
            </Field>
          )}
          {member && (
            <Field label="Member">
              <FieldLink href={`/transactions?member=${member.id}`}>{member.name}</FieldLink>
              <span className="block text-[0.8125rem] text-muted">
                <Email>{member.email}</Email>
              </span>
            </Field>
          )}
          {application && (
            <Field label="Application">
              <FieldLink href={`/transactions?application=${application.id}`}>{application.name}</FieldLink>
              {transaction.recordedAs !== null && transaction.recordedAs !== application.name && (
                <span className="block text-[0.8125rem] text-muted">
                  recorded as {transaction.recordedAs}
                </span>
              )}
            </Field>
          )}
          <PurchaseFields transaction={transaction} calendar={calendar} />
          {transaction.note && <Field label="Note">{transaction.note}</Field>}
          {transaction.reversesId !== null && (
            <Field label="Reverses">
              <FieldLink href={transactionHref(transaction.reversesId)}>
                Transaction #{transaction.reversesId}
              </FieldLink>
            </Field>
          )}
          {transaction.reversedById !== null && (
            <Field label="Reversed by">
              <FieldLink href={transactionHref(transaction.reversedById)}>
                Transaction #{transaction.reversedById}
              </FieldLink>
            </Field>
          )}
        </dl>
      </Card>
      <Card>
        <h2 className="mb-3 font-semibold">Ledger entry</h2>
        <dl className="grid gap-2">
          <Field label="From account">{accountName(transaction.debitAccount, transaction)}</Field>
          <Field label="To account">{accountName(transaction.creditAccount, transaction)}</Field>
          <Field label="Balance after">
            {formatCredits(transaction.balanceAfter)}
            <span className="text-muted"> of {organization ? organization.name : "the pool"}</span>
          </Field>
          {transaction.monthSpentAfter !== null && (
            <Field label="Member's usage after">
              {formatCredits(transaction.monthSpentAfter)}
              <span className="text-muted">
                {" "}
                of{" "}
                {transaction.allowanceThen === null ? "no limit" : formatCredits(transaction.allowanceThen)}
              </span>
            </Field>
          )}
          <Field label="Recorded">
            <Instant at={transaction.recordedAt} calendar={calendar} />
          </Field>
          <Field label="Id">
            <Copied text={String(transaction.id)} of="the id" />
          </Field>
          <Field label="External id">
            <Copied text={transaction.externalId} of="the external id" />
            {sameExternalId.length > 0 && (
              <span className="block text-[0.8125rem] text-muted">
                Same external id:{" "}
                {sameExternalId.map((id) => (
                  <span key={id} className="mr-2">
                    <FieldLink href={transactionHref(id)}>#{id}</FieldLink>
                  </span>
                ))}
                <FieldLink
                  href={transactionsHref(transactionsSearchParams.defaults, {
                    externalId: transaction.externalId,
                  })}
                >
                  as a list
                </FieldLink>
              </span>
            )}
          </Field>
          <Field label="Source">
            {transaction.source === "" ? (
              // Usage without a key came from the operator: imported from a file, or the demo's.
              apiKey ? (
                "Usage API"
              ) : (
                "Command line"
              )
            ) : (
              <Copied text={transaction.source} of="the source" />
            )}
          </Field>
          {apiKey && (
            <Field label="API key">
              <FieldLink href={`/api-keys/${apiKey.id}`}>{apiKey.name}</FieldLink>{" "}
              <span className="font-mono text-xs text-muted">{apiKey.prefix}…</span>
            </Field>
          )}
        </dl>
      </Card>
      {transaction.metadata && (
        <Card className="min-w-0 lg:col-span-2">
          <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
            <h2 className="font-semibold">Metadata</h2>
            <CopyButton text={pretty(transaction.metadata)} label="Copy" of="the metadata" />
          </div>
          <pre className="font-mono text-[0.8125rem] wrap-anywhere whitespace-pre-wrap">
            {pretty(transaction.metadata)}
          </pre>
        </Card>
      )}
    </div>
  );
}

/** What is known of the deal behind a purchase. */
function PurchaseFields({ transaction, calendar }: { transaction: Transaction; calendar: Calendar }) {
  if (!transaction.details) return null;
  const { day, paid, invoiceNumber } = transaction.details;
  return (
    <>
      {day !== null && <Field label="Purchase date">{formatDay(day, calendar.dateFormat)}</Field>}
      {paid !== null && (
        <Field label="Total paid">{paidText(paid, currencyOf(transaction.creditType.currency))}</Field>
      )}
      {invoiceNumber && <Field label="Invoice number">{invoiceNumber}</Field>}
    </>
  );
}

function accountName(account: Account, { organization, creditType, member }: Transaction): string {
  switch (account) {
    case "outside":
      return "Outside";
    case "pool":
      return `Pool of ${creditType.name}`;
    case "organization":
      return `Balance of ${organization?.name ?? ""}`;
    case "consumed":
      return member ? `Consumed by ${member.name}` : "Consumed";
  }
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

function Instant({ at, calendar }: { at: Date; calendar: Calendar }) {
  return (
    <>
      <time dateTime={at.toISOString()} title={at.toISOString()}>
        {formatDateTime(at, calendar)}
      </time>{" "}
      <span className="text-muted">{calendar.timeZone}</span>
    </>
  );
}

/** A text as programs have it, with a button that copies it. */
function Copied({ text, of }: { text: string; of: string }) {
  return (
    <span className="flex flex-wrap items-center gap-2">
      <span className="min-w-0 font-mono text-[0.8125rem] break-all">{text}</span>
      <CopyButton text={text} label="Copy" of={of} isSmall />
    </span>
  );
}

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[min(9rem,35%)_minmax(0,1fr)] gap-3 max-sm:grid-cols-1 max-sm:gap-0">
      <dt className="text-muted">{label}</dt>
      <dd className="figures wrap-anywhere">{children}</dd>
    </div>
  );
}

function FieldLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href} prefetch={false} className="rounded-sm underline underline-offset-2 hover:text-accent">
      {children}
    </Link>
  );
}
