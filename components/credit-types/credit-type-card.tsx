import Link from "next/link";
import type { ReactNode } from "react";
import { MoveCredits } from "#components/ledger/move-credits.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import type { CreditType } from "#lib/credit-types/queries.ts";
import { currencyOf, exchangeRateText } from "#lib/credit-types/rules.ts";
import { creditTypeHref } from "#lib/credit-types/search-params.ts";
import { creditsText, formatCount, formatCredits } from "#lib/credits.ts";
import type { FormAction } from "#lib/form-state.ts";
import { moneyText } from "#lib/money.ts";
import type { MoveFigures } from "#lib/move-preview.ts";
import type { DateFormat } from "#lib/time.ts";

/** What a purchase starts from. */
export function purchaseFigures(
  creditType: Pick<CreditType, "available" | "exchangeRate" | "currency">,
): MoveFigures {
  const { available, exchangeRate, currency } = creditType;
  return { rate: exchangeRate, currency: currencyOf(currency), pool: available, balance: null };
}

/** The available credits, shown over the form that records a purchase. */
export function purchaseIntroduction(creditType: Pick<CreditType, "name" | "available">): string {
  return `${creditType.name} has ${creditsText(creditType.available)} available.`;
}

export function CreditTypeCard({
  creditType,
  mayChange,
  requestId,
  purchase,
  today,
  dateFormat,
}: {
  creditType: CreditType;
  mayChange: boolean;
  /** In the enterprise's time zone, as "2026-11-26". */
  today: string;
  dateFormat: DateFormat;
  /** Of a purchase recorded from this rendering. */
  requestId: string;
  purchase: FormAction;
}) {
  const { id, name, currency, exchangeRate, organizations } = creditType;
  return (
    <Card className="flex h-full flex-col">
      <header className="mb-3 flex items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="font-semibold wrap-anywhere">
            <Link
              href={creditTypeHref(id)}
              prefetch={false}
              className="rounded-sm hover:text-accent hover:underline"
            >
              {name}
            </Link>
          </h2>
          <p className="text-[0.8125rem] text-muted">
            {exchangeRateText(exchangeRate, currency)}
            <span className="figures block wrap-anywhere">
              = {moneyText(creditType.available, exchangeRate, currencyOf(currency))} available
            </span>
          </p>
        </div>
        <Badge tone={creditType.archivedAt ? "gray" : "blue"}>
          {creditType.archivedAt ? "Archived" : currency}
        </Badge>
      </header>
      <dl className="grid gap-1.5 text-[0.8125rem]">
        <Row label="Available">{formatCredits(creditType.available)}</Row>
        <Row label="Total Purchased">{formatCredits(creditType.totalPurchased)}</Row>
        <Row label="Total Spent">{formatCredits(creditType.totalSpent)}</Row>
        <Row label="Organizations">
          <Link
            href={`/organizations?type=${id}`}
            prefetch={false}
            className="rounded-sm text-accent underline"
          >
            {formatCount(organizations)}
            <span className="sr-only"> organizations of {name}</span>
          </Link>
        </Row>
      </dl>
      {mayChange && (
        <footer className="mt-auto flex flex-wrap justify-end gap-2 pt-3">
          {!creditType.archivedAt && (
            <MoveCredits
              href={`/credit-types/${id}/purchase`}
              kind="purchase"
              title={`Record a purchase for ${name}`}
              subject={name}
              size="sm"
              form={{
                target: id,
                requestId,
                back: "/credit-types",
                introduction: purchaseIntroduction(creditType),
                figures: purchaseFigures(creditType),
                deal: { today, dateFormat, currency },
                action: purchase,
              }}
            />
          )}
          <Link href={`/credit-types/${id}/edit`} prefetch={false} className={buttonClass({ size: "sm" })}>
            Edit<span className="sr-only"> {name}</span>
          </Link>
        </footer>
      )}
    </Card>
  );
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex justify-between gap-3">
      <dt className="text-muted">{label}</dt>
      <dd className="figures text-right font-medium wrap-anywhere">{children}</dd>
    </div>
  );
}
