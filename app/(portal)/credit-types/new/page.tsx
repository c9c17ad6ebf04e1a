import type { Metadata } from "next";
import { backFrom } from "#app/(portal)/back.ts";
import { oneOf } from "#app/(portal)/status-question.ts";
import { CreditTypeForm } from "#components/credit-types/credit-type-form.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { CREDIT_TYPE_NAME_MAX_CHARACTERS, CURRENCIES } from "#lib/credit-types/rules.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { createCreditTypeAction } from "../actions.ts";

export const metadata: Metadata = { title: "Add credit type" };

/** `?name=SGD Credits` is the name at first, `?back=…` the page that the form leads back to. */
export default async function NewCreditTypePage({
  searchParams,
}: {
  searchParams: Promise<RawSearchParams>;
}) {
  await requireUser("/credit-types/new", "admin");
  const raw = await searchParams;
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title="Add Credit Type" />
      <Card>
        <CreditTypeForm
          name={oneOf(raw, "name").slice(0, CREDIT_TYPE_NAME_MAX_CHARACTERS)}
          currencies={CURRENCIES}
          back={backFrom(raw, "/credit-types")}
          action={createCreditTypeAction}
        />
      </Card>
    </div>
  );
}
