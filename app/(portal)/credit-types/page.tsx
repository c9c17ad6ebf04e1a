import { randomUUID } from "node:crypto";
import { Coins } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { CreditTypeCard } from "#components/credit-types/credit-type-card.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { hasRole } from "#lib/actor.ts";
import { isoDay } from "#lib/calendar.ts";
import { type CreditType, listCreditTypes } from "#lib/credit-types/queries.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { purchaseCreditsAction } from "./actions.ts";

export const metadata: Metadata = { title: "Credit types" };

export default async function CreditTypesPage() {
  const user = await requireUser("/credit-types");
  const mayChange = hasRole(user.role, "admin");
  const creditTypes = listCreditTypes(user.scope);
  const today = isoDay(dayOf(new Date(), getSettings().timeZone));
  const current = creditTypes.filter((type) => !type.archivedAt);
  const archived = creditTypes.filter((type) => type.archivedAt);
  const add = (
    <Link href="/credit-types/new" prefetch={false} className={buttonClass({ variant: "primary" })}>
      + Add Credit Type
    </Link>
  );
  return (
    <>
      <PageHeader title="Credit types" actions={mayChange && add} />
      {current.length === 0 ? (
        <EmptyState icon={<Coins />} title="No credit types yet" action={mayChange && add}>
          A credit type is the pool that organizations draw from, in a currency and at an exchange rate.
        </EmptyState>
      ) : (
        <CardList creditTypes={current} mayChange={mayChange} today={today} />
      )}
      {archived.length > 0 && (
        <details className="mt-6">
          <summary className="rounded-sm font-medium text-muted hover:text-ink">
            Archived ({archived.length})
          </summary>
          <div className="mt-3">
            <CardList creditTypes={archived} mayChange={mayChange} today={today} />
          </div>
        </details>
      )}
    </>
  );
}

function CardList({
  creditTypes,
  mayChange,
  today,
}: {
  creditTypes: readonly CreditType[];
  mayChange: boolean;
  today: string;
}) {
  return (
    <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(18rem,100%),1fr))] gap-3">
      {creditTypes.map((creditType) => (
        <li key={creditType.id}>
          <CreditTypeCard
            creditType={creditType}
            mayChange={mayChange}
            requestId={randomUUID()}
            today={today}
            dateFormat={getSettings().dateFormat}
            purchase={purchaseCreditsAction}
          />
        </li>
      ))}
    </ul>
  );
}
