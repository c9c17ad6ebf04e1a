import { randomUUID } from "node:crypto";
import type { Metadata } from "next";
import { notFound, redirect } from "next/navigation";
import { ReverseForm } from "#components/transactions/reverse-form.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { formatMonth, monthOf } from "#lib/calendar.ts";
import { creditsText } from "#lib/credits.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { readRowId } from "#lib/row-id.ts";
import { getTransaction, type Transaction } from "#lib/transactions/queries/entries.ts";
import { reverseEntryAction } from "../../actions.ts";

export const metadata: Metadata = { title: "Reverse a transaction" };

/** The question before an entry is reversed, with its consequences. */
export default async function ReversePage({ params }: { params: Promise<{ id: string }> }) {
  const id = readRowId((await params).id);
  const here = `/transactions/${id ?? ""}`;
  const { scope } = await requireUser(id === null ? "/transactions" : `${here}/reverse`, "admin");
  const transaction = id === null ? null : getTransaction(scope, id);
  if (!transaction) notFound();
  if (transaction.kind === "reversal" || transaction.reversedById !== null) redirect(here);
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={`Reverse transaction #${transaction.id}?`} />
      <Card className="grid gap-4">
        <div className="grid gap-2 text-muted">
          <p>{meaning(transaction)}</p>
          <p>A transaction can be reversed once, in full. Both entries stay and link to each other.</p>
        </div>
        <ReverseForm
          entry={transaction.id}
          requestId={randomUUID()}
          back={here}
          action={reverseEntryAction}
        />
      </Card>
    </div>
  );
}

function meaning({ kind, amount, organization, creditType, member, day }: Transaction): string {
  const credits = creditsText(amount);
  switch (kind) {
    case "purchase":
      return `${credits} will be removed from the pool of ${creditType.name}.`;
    case "allocation":
      return `${credits} will go back from ${organization?.name ?? "the organization"} to the pool of ${creditType.name}.`;
    case "return":
      return `${credits} will go back from the pool of ${creditType.name} to ${organization?.name ?? "the organization"}.`;
    default:
      return `${credits} will go back to ${organization?.name ?? "the organization"} and to the ${formatMonth(monthOf(day))} allowance of ${member?.name ?? "the member"}.`;
  }
}
