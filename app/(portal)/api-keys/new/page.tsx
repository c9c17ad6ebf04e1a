import { randomUUID } from "node:crypto";
import type { Metadata } from "next";
import { headers } from "next/headers";
import { backFrom } from "#app/(portal)/back.ts";
import { CreateKeyForm } from "#components/api-keys/create-key-form.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { hasRole } from "#lib/actor.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { ownOrigin } from "#lib/portal-users/auth.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { manages } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { isoDate } from "#lib/time.ts";
import { oneOf } from "../../status-question.ts";
import { createApiKeyAction } from "../actions.ts";

export const metadata: Metadata = { title: "Create API key" };

/** This is a page and not a dialog, because a click beside a dialog would close it, and the key is shown only once. */
export default async function NewApiKeyPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const raw = await searchParams;
  const user = await requireUser("/api-keys/new", "organization_admin");
  const back = backFrom(raw, "/api-keys");
  const named = getOrganization(user.scope, oneOf(raw, "organization"));
  const organization = named && manages(user.scope, named.id) ? named : null;
  return (
    <div className="mx-auto max-w-2xl">
      <PageHeader title={organization ? `Create API key for ${organization.name}` : "Create API key"} />
      <Card>
        <CreateKeyForm
          organization={organization && { code: organization.code }}
          mayChooseEnterprise={hasRole(user.role, "admin")}
          today={isoDate(new Date(), getSettings().timeZone)}
          dateFormat={getSettings().dateFormat}
          requestId={randomUUID()}
          origin={ownOrigin(await headers())}
          again={`/api-keys/new?${new URLSearchParams({ organization: organization?.code ?? "", back })}`}
          back={back}
          action={createApiKeyAction}
        />
      </Card>
    </div>
  );
}
