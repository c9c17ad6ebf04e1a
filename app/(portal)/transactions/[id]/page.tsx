import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { KindBadge } from "#components/transactions/kind-badge.tsx";
import { TransactionDetails } from "#components/transactions/transaction-details.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { hasRole } from "#lib/actor.ts";
import { worthOfEntry } from "#lib/credit-types/queries.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { getTransaction } from "#lib/transactions/queries/entries.ts";
import { entryIdOf } from "../entry-id.ts";

type Props = { params: Promise<{ id: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const id = entryIdOf((await params).id);
  return { title: id === null ? "Transaction not found" : `Transaction no. ${id}` };
}

export default async function TransactionPage({ params }: Props) {
  const id = entryIdOf((await params).id);
  const user = await requireUser(id === null ? "/transactions" : `/transactions/${id}`, "grant");
  const transaction = id === null ? null : getTransaction(user.scope, id);
  if (!transaction) notFound();
  const reversible = transaction.kind !== "reversal" && transaction.reversedById === null;
  return (
    <>
      <nav aria-label="Breadcrumb" className="mb-2 text-[0.8125rem] text-muted">
        <Link href="/transactions" prefetch={false} className="rounded-sm hover:text-ink hover:underline">
          Transactions
        </Link>
        <span aria-hidden> / </span>
        <span className="figures">{transaction.id}</span>
      </nav>
      <PageHeader
        title={
          <span className="flex flex-wrap items-center gap-2.5">
            Transaction no. {transaction.id}
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
        calendar={getSettings()}
      />
    </>
  );
}
