import { randomUUID } from "node:crypto";
import type { Metadata } from "next";
import { CreditsForm } from "#components/ledger/credits-form.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { requireUser } from "#lib/portal-users/session.ts";
import { decodeCode, organizationOfPage, organizationPath } from "../../code.ts";
import { returnCreditsAction } from "../actions.ts";
import { returnStanding } from "../standing.ts";

export const metadata: Metadata = { title: "Return credits" };

export default async function ReturnCreditsPage({ params }: { params: Promise<{ code: string }> }) {
  const code = decodeCode((await params).code);
  const { scope } = await requireUser(`${organizationPath(code)}/credits/return`, "admin");
  const organization = organizationOfPage(scope, code, (path) => `${path}/credits/return`);
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={`Return credits from ${organization.name}`} />
      <Card>
        <CreditsForm
          kind="return"
          target={organization.id}
          requestId={randomUUID()}
          standing={returnStanding(organization)}
          back={organizationPath(organization.code)}
          action={returnCreditsAction}
        />
      </Card>
    </div>
  );
}
