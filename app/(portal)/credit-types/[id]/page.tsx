import { randomUUID } from "node:crypto";
import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { purchaseFigures, purchaseIntroduction } from "#components/credit-types/credit-type-card.tsx";
import { PoolBar } from "#components/credit-types/pool-bar.tsx";
import { PoolHistory } from "#components/credit-types/pool-history.tsx";
import { MoveCredits } from "#components/ledger/move-credits.tsx";
import { organizationHref } from "#components/organizations/organization-rows.ts";
import { type SpendPart, SpendSplit } from "#components/transactions/spend-split.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { Figure, FigureList } from "#components/ui/figure-list.tsx";
import { KeysetPages } from "#components/ui/keyset-pages.tsx";
import { MisreadNote } from "#components/ui/misread-note.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { QuietMenu } from "#components/ui/quiet-menu.tsx";
import { hasRole } from "#lib/actor.ts";
import { firstDay, isoDay, monthOf } from "#lib/calendar.ts";
import { type CreditType, moneyByType } from "#lib/credit-types/queries.ts";
import { creditTypeIdInput, currencyOf, exchangeRateText } from "#lib/credit-types/rules.ts";
import { creditTypeHref, creditTypeSearchParams } from "#lib/credit-types/search-params.ts";
import { formatCount, formatCredits } from "#lib/credits.ts";
import { OLDEST } from "#lib/keyset.ts";
import { moneyText } from "#lib/money.ts";
import type { OrganizationListItem } from "#lib/organizations/queries/organizations.ts";
import { organizationsHref, organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { getSettings, type Settings } from "#lib/settings/queries.ts";
import { type DateFormat, dayOf, formatDate, formatDateTime, startOfDay } from "#lib/time.ts";
import { type CreditTypeFigures, creditTypeFigures } from "#lib/transactions/credit-type-figures.ts";
import { transactionsHref, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { EVER, NOW, worthOf } from "#lib/worth.ts";
import { purchaseCreditsAction } from "../actions.ts";

export const metadata: Metadata = { title: "Credit type" };

type Props = { params: Promise<{ id: string }>; searchParams: Promise<RawSearchParams> };

export default async function CreditTypePage({ params, searchParams }: Props) {
  const parsed = creditTypeIdInput.safeParse(await params);
  const raw = await searchParams;
  const view = creditTypeSearchParams.decode(raw);
  const user = await requireUser(parsed.success ? creditTypeHref(parsed.data.id, view) : "/credit-types");
  const settings = getSettings();
  const today = dayOf(new Date(), settings.timeZone);
  const figures = parsed.success ? await creditTypeFigures(user.scope, parsed.data.id, view, today) : null;
  if (!figures) notFound();
  const { creditType } = figures;
  const { name } = creditType;
  return (
    <>
      <nav aria-label="Breadcrumb" className="mb-2 text-[0.8125rem] text-muted">
        <Link href="/credit-types" prefetch={false} className="rounded-sm hover:text-ink hover:underline">
          Credit types
        </Link>
        <span aria-hidden> / </span>
        <span className="wrap-anywhere">{name}</span>
      </nav>
      <PageHeader
        title={
          <span className="flex flex-wrap items-center gap-2.5">
            <span className="min-w-0">{name}</span>
            <Badge tone={creditType.archivedAt ? "gray" : "blue"}>
              {creditType.archivedAt ? "Archived" : creditType.currency}
            </Badge>
          </span>
        }
        description={exchangeRateText(creditType.exchangeRate, creditType.currency)}
        {...(hasRole(user.role, "admin") && {
          actions: <Actions creditType={creditType} today={today} dateFormat={settings.dateFormat} />,
          menu: <Menu creditType={creditType} />,
        })}
      />
      <MisreadNote misread={creditTypeSearchParams.misread(raw)} />
      <Card className="mb-3">
        <PoolBar
          available={creditType.available}
          purchased={creditType.totalPurchased}
          money={moneyText(creditType.available, creditType.exchangeRate, currencyOf(creditType.currency))}
        />
      </Card>
      <Figures figures={figures} settings={settings} today={today} />
      <Organizations figures={figures} />
      <Rates figures={figures} settings={settings} />
      <History figures={figures} settings={settings} />
    </>
  );
}

function Actions({
  creditType,
  today,
  dateFormat,
}: {
  creditType: CreditType;
  today: number;
  dateFormat: DateFormat;
}) {
  const { id, name, archivedAt } = creditType;
  return (
    <>
      {!archivedAt && (
        <MoveCredits
          href={`/credit-types/${id}/purchase`}
          kind="purchase"
          title={`Record a purchase for ${name}`}
          subject={name}
          form={{
            target: id,
            requestId: randomUUID(),
            back: creditTypeHref(id),
            introduction: purchaseIntroduction(creditType),
            figures: purchaseFigures(creditType),
            deal: { today: isoDay(today), dateFormat, currency: creditType.currency },
            action: purchaseCreditsAction,
          }}
        />
      )}
      <Link href={`/credit-types/${id}/edit`} prefetch={false} className={buttonClass()}>
        Edit
      </Link>
    </>
  );
}

function Menu({ creditType: { id, name, archivedAt } }: { creditType: CreditType }) {
  return (
    <QuietMenu label={`More actions for ${name}`}>
      <Link href={`/transactions?type=${id}`} prefetch={false}>
        All transactions
      </Link>
      <Link href={`/credit-types/${id}/edit#archive`} prefetch={false}>
        {archivedAt ? "Restore" : "Archive"}
      </Link>
    </QuietMenu>
  );
}

function Figures({
  figures,
  settings,
  today,
}: {
  figures: CreditTypeFigures;
  settings: Settings;
  today: number;
}) {
  const { creditType, spentThisMonth } = figures;
  const money = moneyByType();
  const worth = (micro: bigint, since: number) => {
    const text = worthOf(money, [{ creditTypeId: creditType.id, micro }], since);
    return text && `= ${text}`;
  };
  const startOfMonth = startOfDay(firstDay(monthOf(today)), settings.timeZone).getTime();
  return (
    <FigureList>
      <Figure label="Total Purchased" note={worth(creditType.totalPurchased, EVER)}>
        {formatCredits(creditType.totalPurchased)}
      </Figure>
      <Figure label="Balance of all organizations" note={worth(creditType.balance, NOW)}>
        {formatCredits(creditType.balance)}
      </Figure>
      <Figure label="Total Spent" note={worth(creditType.totalSpent, EVER)}>
        {formatCredits(creditType.totalSpent)}
      </Figure>
      <Figure label="Spent this month" note={worth(spentThisMonth, startOfMonth)}>
        {formatCredits(spentThisMonth)}
      </Figure>
      <Figure label="Organizations">
        <Link
          href={`/organizations?type=${creditType.id}`}
          prefetch={false}
          className="rounded-sm text-accent underline"
        >
          {formatCount(creditType.organizations)}
          <span className="sr-only"> organizations of {creditType.name}</span>
        </Link>
      </Figure>
      <Figure label="Created">
        <time dateTime={creditType.createdAt.toISOString()}>
          {formatDate(creditType.createdAt, settings)}
        </time>
      </Figure>
    </FigureList>
  );
}

/** The parts of a split with a last one for all others, so that they add up to the whole. */
function withOthers(parts: readonly SpendPart[], whole: bigint): SpendPart[] {
  const rest = parts.reduce((left, { spent }) => left - spent, whole);
  return rest > 0n ? [...parts, { key: "rest", label: "All others", spent: rest, href: null }] : [...parts];
}

/** Who draws from the pool: by balance, by what was spent, and by what was spent this month. */
function Organizations({ figures }: { figures: CreditTypeFigures }) {
  const { creditType, byBalance, bySpent, topThisMonth, spentThisMonth } = figures;
  if (creditType.organizations === 0) return null;
  const parts = (items: readonly OrganizationListItem[], figure: "balance" | "spent") =>
    withOthers(
      items
        .filter((item) => item[figure] > 0n)
        .map((item) => ({
          key: String(item.id),
          label: item.name,
          detail: item.code,
          spent: item[figure],
          href: organizationHref(item.code),
        })),
      figure === "balance" ? creditType.balance : creditType.totalSpent,
    );
  const list = (sort: "-balance" | "-spent") =>
    organizationsHref({ ...organizationsSearchParams.defaults, type: creditType.id, sort });
  const ofMonth = {
    ...transactionsSearchParams.defaults,
    period: "this-month",
    type: creditType.id,
  } as const;
  return (
    <section aria-label="Organizations" className="mt-6">
      <h2 className="mb-3 text-base font-semibold">Organizations that draw from it</h2>
      <div className="grid items-start gap-3 grid-cols-[repeat(auto-fit,minmax(min(21rem,100%),1fr))]">
        <SpendSplit
          title="By balance"
          heading="Organization"
          whole={creditType.balance}
          parts={parts(byBalance, "balance")}
          nothing="No organization has a balance."
          more={{ href: list("-balance"), label: "All organizations by balance" }}
        />
        <SpendSplit
          title="By credits spent"
          heading="Organization"
          whole={creditType.totalSpent}
          parts={parts(bySpent, "spent")}
          more={{ href: list("-spent"), label: "All organizations by credits spent" }}
        />
        <SpendSplit
          title="Share of spending, this month"
          heading="Organization"
          whole={spentThisMonth}
          parts={withOthers(
            topThisMonth.map((share) => ({
              key: String(share.id),
              label: share.label,
              detail: share.code ?? undefined,
              spent: share.spent,
              href: transactionsHref(ofMonth, { organization: share.code ?? "" }),
            })),
            spentThisMonth,
          )}
          more={{ href: transactionsHref(ofMonth), label: "All spending of this month" }}
        />
      </div>
    </section>
  );
}

/** The rates that were in force before; none while there was only one. */
function Rates({ figures, settings }: { figures: CreditTypeFigures; settings: Settings }) {
  const { rates } = figures;
  if (rates.length < 2) return null;
  return (
    <section aria-label="Exchange rates" className="mt-6">
      <h2 className="mb-1 text-base font-semibold">Exchange rates</h2>
      <p className="mb-3 text-[0.8125rem] text-muted">
        Money is computed with the rate that was in force when the credits moved.
      </p>
      <table className="rounded-lg border border-line bg-surface text-left text-[0.8125rem] tabular-nums shadow-card [&_td]:px-3 [&_td]:py-2 [&_th]:px-3 [&_th]:py-2 [&_th]:font-normal">
        <thead className="text-muted">
          <tr>
            <th scope="col">From</th>
            <th scope="col" className="text-right">
              Credits per currency unit
            </th>
          </tr>
        </thead>
        <tbody>
          {rates.map(({ from, rate }) => (
            <tr key={from} className="border-t border-line">
              <th scope="row">
                <time dateTime={new Date(from).toISOString()}>
                  {formatDateTime(new Date(from), settings)}
                </time>
              </th>
              <td className="text-right font-medium">{formatCredits(rate)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function History({ figures, settings }: { figures: CreditTypeFigures; settings: Settings }) {
  const { id } = figures.creditType;
  const { items, newer, older } = figures.history;
  return (
    <section aria-label="History" className="mt-6">
      <h2 className="mb-3 text-base font-semibold">History</h2>
      {items.length === 0 ? (
        <p className="text-muted">Purchases, allocations, returns and their reversals will appear here.</p>
      ) : (
        <>
          <PoolHistory entries={items} calendar={settings} />
          <KeysetPages
            first={creditTypeHref(id)}
            newer={newer && creditTypeHref(id, { after: newer })}
            older={older && creditTypeHref(id, { before: older })}
            last={creditTypeHref(id, { after: OLDEST })}
          />
        </>
      )}
    </section>
  );
}
