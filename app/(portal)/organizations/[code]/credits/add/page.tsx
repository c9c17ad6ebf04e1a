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
import { addCreditsAction } from "../actions.ts";
import { addIntroduction, moveFigures } from "../figures.ts";

export const metadata: Metadata = { title: "Add credits" };

export default async function AddCreditsPage({
  params,
  searchParams,
}: {
  params: Promise<{ code: string }>;
  searchParams: Promise<RawSearchParams>;
}) {
  const code = decodeCode((await params).code);
  const raw = await searchParams;
  const amount = firstAmount(raw);
  const { scope } = await requireUser(`${organizationPath(code)}/credits/add${amountQuery(amount)}`, "admin");
  const organization = organizationOfPage(scope, code, (path) => `${path}/credits/add${amountQuery(amount)}`);
  const available = getCreditType(scope, organization.creditTypeId)?.available ?? 0n;
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={`Add credits to ${organization.name}`} />
      <Card>
        <CreditsForm
          kind="allocation"
          target={organization.id}
          requestId={randomUUID()}
          amount={amount}
          introduction={addIntroduction(organization, available)}
          figures={moveFigures(organization, available)}
          back={backFrom(raw, organizationPath(organization.code))}
          action={addCreditsAction}
        />
      </Card>
    </div>
  );
}
