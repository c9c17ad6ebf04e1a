import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { AuditList } from "#components/audit/audit-list.tsx";
import { actorWords } from "#components/audit/words.ts";
import { Badge } from "#components/ui/badge.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { Pagination } from "#components/ui/pagination.tsx";
import { type Batch, changesOfBatch, getBatch } from "#lib/batches/queries/batches.ts";
import { batchHref, batchText } from "#lib/bulk/rules/batches.ts";
import { moneyOfType } from "#lib/credit-types/queries.ts";
import { rateAt } from "#lib/credit-types/rates.ts";
import { creditsText } from "#lib/credits.ts";
import { moneyText } from "#lib/money.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { readRowId } from "#lib/row-id.ts";
import { pageParam, type RawSearchParams } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { formatDateTime } from "#lib/time.ts";
import { transactionsHref, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { oneOf } from "../../status-question.ts";
import { mayReverse } from "./batch.ts";

type Props = { params: Promise<{ id: string }>; searchParams: Promise<RawSearchParams> };

const PAGE_SIZE = 50;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const id = readRowId((await params).id);
  return { title: id === null ? "Batch not found" : `Batch #${id}` };
}

/** A batch as a whole: what it did, each of its changes, and the button that reverses all of them. */
export default async function BatchPage({ params, searchParams }: Props) {
  const id = readRowId((await params).id);
  const user = await requireUser(id === null ? "/organizations" : batchHref(id), "grant");
  const batch = id === null ? null : getBatch(user.scope, id);
  if (!batch) notFound();
  const pages = Math.max(1, Math.ceil(batch.changes / PAGE_SIZE));
  const page = Math.min(pageParam.decode(oneOf(await searchParams, "page")) ?? 1, pages);
  const settings = getSettings();
  const ofBatch = { ...transactionsSearchParams.defaults, externalId: batch.requestId };
  return (
    <>
      <PageHeader
        title={
          <span className="flex flex-wrap items-center gap-2.5">
            Batch #{batch.id}
            {batch.reversedById !== null && <Badge tone="amber">Reversed</Badge>}
          </span>
        }
        description={`${batchText(batch.kind, batch.changes)}.`}
        actions={
          <>
            {batch.hasEntries && (
              <>
                <Link href={transactionsHref(ofBatch)} prefetch={false} className={buttonClass()}>
                  Show as transactions
                </Link>
                <a
                  href={transactionsHref(ofBatch, {}, "/transactions/export")}
                  download
                  className={buttonClass()}
                >
                  Export CSV
                </a>
              </>
            )}
            {mayReverse(batch, user) && (
              <Link
                href={`${batchHref(batch.id)}/reverse`}
                prefetch={false}
                className={buttonClass({ variant: "danger" })}
              >
                Reverse all
              </Link>
            )}
          </>
        }
      />
      <Card className="mb-6">
        <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-[fit-content(50%)_minmax(0,1fr)] [&_dt]:text-muted">
          <Fact label="Recorded">
            <time dateTime={batch.createdAt.toISOString()}>{formatDateTime(batch.createdAt, settings)}</time>{" "}
            by {actorWords(batch)}
          </Fact>
          {batch.moved.map(({ creditTypeId, name, amount }) => (
            <Fact key={name} label={name}>
              {creditsText(amount)}
              <span className="text-muted">{worthThen(batch, creditTypeId, amount)}</span>
            </Fact>
          ))}
          {batch.note !== null && <Fact label="Note">{batch.note}</Fact>}
          {batch.reversesId !== null && <OtherBatch label="Reverses" id={batch.reversesId} />}
          {batch.reversedById !== null && <OtherBatch label="Reversed by" id={batch.reversedById} />}
        </dl>
      </Card>
      <h2 className="mb-2 font-semibold">Changes</h2>
      <AuditList
        items={changesOfBatch(user, batch.id, { page, size: PAGE_SIZE })}
        calendar={settings}
        showSubject
      />
      {pages > 1 && (
        <Pagination
          page={page}
          pages={pages}
          total={batch.changes}
          pageSize={PAGE_SIZE}
          href={(number) => `${batchHref(batch.id)}${number > 1 ? `?page=${number}` : ""}`}
        />
      )}
    </>
  );
}

/** " = S$5.00": what credits were worth by the rate of the batch's time. */
function worthThen({ createdAt }: Batch, creditTypeId: number, amount: bigint): string {
  const money = moneyOfType(creditTypeId);
  return money ? ` = ${moneyText(amount, rateAt(money.rates, createdAt.getTime()), money.currency)}` : "";
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="contents">
      <dt className="wrap-anywhere">{label}</dt>
      <dd className="figures min-w-0 wrap-anywhere">{children}</dd>
    </div>
  );
}

function OtherBatch({ label, id }: { label: string; id: number }) {
  return (
    <Fact label={label}>
      <Link href={batchHref(id)} prefetch={false} className="rounded-sm underline underline-offset-2">
        Batch #{id}
      </Link>
    </Fact>
  );
}
