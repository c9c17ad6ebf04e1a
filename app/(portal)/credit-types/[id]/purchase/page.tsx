import { randomUUID } from "node:crypto";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { purchaseFigures, purchaseIntroduction } from "#components/credit-types/credit-type-card.tsx";
import { CreditsForm } from "#components/ledger/credits-form.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { isoDay } from "#lib/calendar.ts";
import { getCreditType } from "#lib/credit-types/queries.ts";
import { creditTypeIdInput } from "#lib/credit-types/rules.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf } from "#lib/time.ts";
import { amountQuery, firstAmount } from "../../../first-amount.ts";
import { purchaseCreditsAction } from "../../actions.ts";

export const metadata: Metadata = { title: "Record purchase" };

export default async function PurchasePage({
  params,
  searchParams,
}: {
  params: Promise<{ id: string }>;
  searchParams: Promise<RawSearchParams>;
}) {
  const amount = firstAmount(await searchParams);
  const parsed = creditTypeIdInput.safeParse(await params);
  const user = await requireUser(
    parsed.success ? `/credit-types/${parsed.data.id}/purchase${amountQuery(amount)}` : "/credit-types",
    "admin",
  );
  const creditType = parsed.success ? getCreditType(user.scope, parsed.data.id) : null;
  if (!creditType) notFound();
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={`Record a purchase for ${creditType.name}`} />
      <Card>
        {creditType.archivedAt ? (
          <Alert tone="warning">
            {creditType.name} is archived. Restore it before credits enter its pool.
          </Alert>
        ) : (
          <CreditsForm
            kind="purchase"
            target={creditType.id}
            requestId={randomUUID()}
            amount={amount}
            introduction={purchaseIntroduction(creditType)}
            figures={purchaseFigures(creditType)}
            deal={{
              today: isoDay(dayOf(new Date(), getSettings().timeZone)),
              dateFormat: getSettings().dateFormat,
              currency: creditType.currency,
            }}
            back="/credit-types"
            action={purchaseCreditsAction}
          />
        )}
      </Card>
    </div>
  );
}
