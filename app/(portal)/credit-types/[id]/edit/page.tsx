import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { CreditTypeArchiveForm, CreditTypeForm } from "#components/credit-types/credit-type-form.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { isUsed } from "#lib/credit-types/commands.ts";
import { getCreditType } from "#lib/credit-types/queries.ts";
import { CURRENCIES, creditTypeFormValues, creditTypeIdInput } from "#lib/credit-types/rules.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { archiveCreditTypeAction, restoreCreditTypeAction, updateCreditTypeAction } from "../../actions.ts";

export const metadata: Metadata = { title: "Edit credit type" };

export default async function EditCreditTypePage({ params }: { params: Promise<{ id: string }> }) {
  const parsed = creditTypeIdInput.safeParse(await params);
  const user = await requireUser(
    parsed.success ? `/credit-types/${parsed.data.id}/edit` : "/credit-types",
    "admin",
  );
  const creditType = parsed.success ? getCreditType(user.scope, parsed.data.id) : null;
  if (!creditType) notFound();
  const { id, name, archivedAt } = creditType;
  return (
    <div className="mx-auto grid max-w-xl gap-4">
      <PageHeader title={name} />
      <Card>
        <CreditTypeForm
          creditType={{
            id,
            values: creditTypeFormValues(creditType),
            currencyFixed: isUsed(creditType),
          }}
          currencies={CURRENCIES}
          action={updateCreditTypeAction}
        />
      </Card>
      <Card>
        <h2 id="archive" className="font-semibold">
          {archivedAt ? "Restore" : "Archive"}
        </h2>
        <p className="mt-1 mb-3 text-muted">
          {archivedAt
            ? "New organizations can use it again."
            : "Hides the credit type from all menus. Possible only when no organization uses it and the pool is empty. You can restore it at any time."}
        </p>
        {archivedAt ? (
          <CreditTypeArchiveForm id={id} label="Restore" action={restoreCreditTypeAction} />
        ) : (
          <CreditTypeArchiveForm id={id} label="Archive" action={archiveCreditTypeAction} />
        )}
      </Card>
    </div>
  );
}
