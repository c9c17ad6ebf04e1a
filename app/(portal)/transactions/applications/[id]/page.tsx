import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { ApplicationForm } from "#components/applications/application-form.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { getApplication } from "#lib/applications/queries.ts";
import { applicationFormValues, applicationIdInput } from "#lib/applications/rules.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { updateApplicationAction } from "../actions.ts";

export const metadata: Metadata = { title: "Edit application" };

export default async function ApplicationPage({ params }: { params: Promise<{ id: string }> }) {
  const parsed = applicationIdInput.safeParse(await params);
  const path = "/transactions/applications";
  await requireUser(parsed.success ? `${path}/${parsed.data.id}` : path, "admin");
  const application = parsed.success ? getApplication(parsed.data.id) : null;
  if (!application) notFound();
  const { id, name, nameKey } = application;
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={name} description={`Usage names it ${nameKey}.`} />
      <Card>
        <ApplicationForm
          id={id}
          values={applicationFormValues(application)}
          action={updateApplicationAction}
        />
      </Card>
    </div>
  );
}
