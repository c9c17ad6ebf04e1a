import type { Metadata } from "next";
import { CreditTypeForm } from "#components/credit-types/credit-type-form.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { CURRENCIES } from "#lib/credit-types/rules.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { createCreditTypeAction } from "../actions.ts";

export const metadata: Metadata = { title: "Add credit type" };

export default async function NewCreditTypePage() {
  await requireUser("/credit-types/new", "admin");
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title="Add Credit Type" />
      <Card>
        <CreditTypeForm currencies={CURRENCIES} action={createCreditTypeAction} />
      </Card>
    </div>
  );
}
