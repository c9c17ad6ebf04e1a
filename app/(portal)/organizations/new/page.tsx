import type { Metadata } from "next";
import { OrganizationForm } from "#components/organizations/organization-form.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { creditTypeOptions } from "#lib/credit-types/queries.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { createOrganizationAction } from "../actions.ts";

export const metadata: Metadata = { title: "Create organization" };

export default async function NewOrganizationPage() {
  const user = await requireUser("/organizations/new", "admin");
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title="Create Organization" />
      <Card>
        <OrganizationForm creditTypes={creditTypeOptions(user.scope)} action={createOrganizationAction} />
      </Card>
    </div>
  );
}
