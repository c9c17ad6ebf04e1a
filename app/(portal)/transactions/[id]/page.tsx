import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { KindBadge } from "#components/transactions/kind-badge.tsx";
import { TransactionDetails } from "#components/transactions/transaction-details.tsx";
import { transactionHref } from "#components/transactions/transaction-href.ts";
import { Badge } from "#components/ui/badge.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { snapshot } from "#db/statement.ts";
import { hasRole } from "#lib/actor.ts";
import { worthOfEntry } from "#lib/credit-types/queries.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { readRowId } from "#lib/row-id.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { getTransaction } from "#lib/transactions/queries/entries.ts";
import { type Neighbours, neighboursOf, withSameExternalId } from "#lib/transactions/queries/list.ts";

/** How many other entries with the same external id are named. */
const SAME_EXTERNAL_ID = 5;

type Props = { params: Promise<{ id: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const id = readRowId((await params).id);
  return { title: id === null ? "Transaction not found" : `Transaction #${id}` };
}

export default async function TransactionPage({ params }: Props) {
  const id = readRowId((await params).id);
  const user = await requireUser(id === null ? "/transactions" : `/transactions/${id}`, "grant");
  const settings = getSettings();
  const today = dayOf(new Date(), settings.timeZone);
  const read = snapshot(() => {
    const transaction = id === null ? null : getTransaction(user.scope, id);
    return (
      transaction && {
        transaction,
        neighbours: neighboursOf(user.scope, transaction, today),
        sameExternalId: withSameExternalId(user.scope, transaction, { today, limit: SAME_EXTERNAL_ID }),
      }
    );
  });
  if (!read) notFound();
  const { transaction, neighbours, sameExternalId } = read;
  const reversible = transaction.kind !== "reversal" && transaction.reversedById === null;
  return (
    <>
      <nav aria-label="Breadcrumb" className="mb-2 text-[0.8125rem] text-muted">
        <Link href="/transactions" prefetch={false} className="rounded-sm hover:text-ink hover:underline">
          Transactions
        </Link>
        <span aria-hidden> / </span>
        <span className="figures">#{transaction.id}</span>
      </nav>
      <PageHeader
        title={
          <span className="flex flex-wrap items-center gap-2.5">
            Transaction #{transaction.id}
            <KindBadge kind={transaction.kind} />
            {transaction.reversedById !== null && <Badge tone="amber">Reversed</Badge>}
          </span>
        }
        actions={
          reversible &&
          hasRole(user.role, "admin") && (
            <Link
              href={`/transactions/${transaction.id}/reverse`}
              prefetch={false}
              className={buttonClass({ variant: "danger" })}
            >
              Reverse
            </Link>
          )
        }
      />
      <TransactionDetails
        transaction={transaction}
        worth={worthOfEntry(transaction.id)}
        sameExternalId={sameExternalId}
        calendar={settings}
      />
      <NeighbourLinks
        neighbours={neighbours}
        place={transaction.organization?.name ?? `the pool of ${transaction.creditType.name}`}
      />
    </>
  );
}

/** The entries before and after this one, in the order of the list, which has the newest first. */
function NeighbourLinks({ neighbours: { older, newer }, place }: { neighbours: Neighbours; place: string }) {
  if (older === null && newer === null) return null;
  return (
    <nav
      aria-label={`Other transactions of ${place}`}
      className="mt-6 flex flex-wrap items-center justify-between gap-2"
    >
      <span>
        {newer !== null && (
          <SoftLink href={transactionHref(newer)} className={buttonClass()}>
            ← Newer
            <span className="sr-only"> transaction</span>
          </SoftLink>
        )}
      </span>
      <span className="min-w-0 text-[0.8125rem] wrap-anywhere text-muted">of {place}</span>
      <span>
        {older !== null && (
          <SoftLink href={transactionHref(older)} className={buttonClass()}>
            Older →<span className="sr-only"> transaction</span>
          </SoftLink>
        )}
      </span>
    </nav>
  );
}
