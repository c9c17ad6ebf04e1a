import { randomUUID } from "node:crypto";
import type { Metadata } from "next";
import { backFrom } from "#app/(portal)/back.ts";
import { CreditsForm } from "#components/ledger/credits-form.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { getCreditType } from "#lib/credit-types/queries.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { amountQuery, firstAmount } from "../../../../first-amount.ts";
import { decodeCode, organizationOfPage, organizationPath } from "../../code.ts";
import { returnCreditsAction } from "../actions.ts";
import { moveFigures, returnIntroduction } from "../figures.ts";

export const metadata: Metadata = { title: "Return credits" };

export default async function ReturnCreditsPage({
  params,
  searchParams,
}: {
  params: Promise<{ code: string }>;
  searchParams: Promise<RawSearchParams>;
}) {
  const code = decodeCode((await params).code);
  const raw = await searchParams;
  const amount = firstAmount(raw);
  const { scope } = await requireUser(
    `${organizationPath(code)}/credits/return${amountQuery(amount)}`,
    "admin",
  );
  const organization = organizationOfPage(
    scope,
    code,
    (path) => `${path}/credits/return${amountQuery(amount)}`,
  );
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={`Return credits from ${organization.name}`} />
      <Card>
        <CreditsForm
          kind="return"
          target={organization.id}
          requestId={randomUUID()}
          amount={amount}
          figures={moveFigures(
            organization,
            getCreditType(scope, organization.creditTypeId)?.available ?? 0n,
          )}
          introduction={returnIntroduction(organization)}
          back={backFrom(raw, organizationPath(organization.code))}
          action={returnCreditsAction}
        />
      </Card>
    </div>
  );
}
