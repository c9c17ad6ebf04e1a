import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { MailPreferenceForm } from "#components/notifications/mail-forms.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { recipientById } from "#lib/mail/recipients.ts";
import { preferenceFormValues } from "#lib/mail/rules/preferences.ts";
import { recipientsHref, recipientsSearchParams } from "#lib/mail/search-params.ts";
import { mailConfigured } from "#lib/mail/smtp.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { readRowId } from "#lib/row-id.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { setMailPreferenceAction } from "../../actions.ts";

export const metadata: Metadata = { title: "Emails" };

const PATH = "/settings/notifications";

type Props = { params: Promise<{ id: string }>; searchParams: Promise<RawSearchParams> };

export default async function MailPreferencePage({ params, searchParams }: Props) {
  const id = readRowId((await params).id);
  const { page } = recipientsSearchParams.decode(await searchParams);
  await requireUser(recipientsHref(page, id === null ? PATH : `${PATH}/people/${id}`), "owner");
  const person = id === null ? undefined : recipientById(id);
  if (!person) notFound();
  return (
    <div className="mx-auto grid max-w-xl gap-4">
      <div className="-mb-4">
        <PageHeader title={`Emails of ${person.email}`} />
      </div>
      {!mailConfigured() && (
        <Alert tone="info">
          No mail server is configured, so no mails are sent yet. The operator sets SMTP_URL and MAIL_FROM.
        </Alert>
      )}
      <Card>
        <MailPreferenceForm
          portalUser={person.id}
          values={preferenceFormValues(person.preference)}
          back={recipientsHref(page)}
          action={setMailPreferenceAction}
        />
      </Card>
    </div>
  );
}
