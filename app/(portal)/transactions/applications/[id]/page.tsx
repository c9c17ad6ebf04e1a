import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { ApplicationForm } from "#components/applications/application-form.tsx";
import { buttonClass } from "#components/ui/button.tsx";
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
  const user = await requireUser(parsed.success ? `${path}/${parsed.data.id}` : path, "admin");
  const application = parsed.success ? getApplication(user.scope, parsed.data.id) : null;
  if (!application) notFound();
  const { id, name, nameKey, mergedInto } = application;
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={name} description={`Usage names it ${nameKey}.`} />
      <Card>
        {mergedInto ? (
          <p>
            Merged into{" "}
            <Link href={`${path}/${mergedInto.id}`} className="underline">
              {mergedInto.name}
            </Link>
            , which is shown in its place. New events that name {nameKey} count for it too.
          </p>
        ) : (
          <ApplicationForm
            id={id}
            values={applicationFormValues(application)}
            action={updateApplicationAction}
          />
        )}
      </Card>
      {!mergedInto && (
        <p className="mt-4">
          <Link href={`${path}/${id}/merge`} className={buttonClass()}>
            Merge into another application
          </Link>
        </p>
      )}
    </div>
  );
}
