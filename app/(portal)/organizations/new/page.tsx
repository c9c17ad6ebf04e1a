import type { Metadata } from "next";
import { OrganizationForm } from "#components/organizations/organization-form.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { creditTypeOptions } from "#lib/credit-types/queries.ts";
import { CODE_MAX_CHARACTERS } from "#lib/organization-codes/rules.ts";
import { NAME_MAX_CHARACTERS } from "#lib/organizations/rules.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { backFrom } from "../../back.ts";
import { oneOf } from "../../status-question.ts";
import { createOrganizationAction } from "../actions.ts";

export const metadata: Metadata = { title: "Create organization" };

/** `?name=Marketing&code=MKT` are the name and the code at first, `?back=…` the page that the form leads back to. */
export default async function NewOrganizationPage({
  searchParams,
}: {
  searchParams: Promise<RawSearchParams>;
}) {
  const raw = await searchParams;
  const user = await requireUser("/organizations/new", "admin");
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title="Create Organization" />
      <Card>
        <OrganizationForm
          name={oneOf(raw, "name").slice(0, NAME_MAX_CHARACTERS)}
          code={oneOf(raw, "code").slice(0, CODE_MAX_CHARACTERS)}
          back={backFrom(raw, "") || undefined}
          creditTypes={creditTypeOptions(user.scope)}
          action={createOrganizationAction}
        />
      </Card>
    </div>
  );
}
