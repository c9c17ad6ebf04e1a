import type { Metadata } from "next";
import { forbidden, notFound } from "next/navigation";
import { backFrom } from "#app/(portal)/back.ts";
import { RevokeKeyForm } from "#components/api-keys/revoke-key.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { hasRole } from "#lib/actor.ts";
import { getApiKey } from "#lib/api-keys/queries.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { readRowId } from "#lib/row-id.ts";
import { manages } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { revokeApiKeyAction } from "../../actions.ts";

export const metadata: Metadata = { title: "Revoke API key" };

export default async function RevokeApiKeyPage({
  params,
  searchParams,
}: {
  params: Promise<{ id: string }>;
  searchParams: Promise<RawSearchParams>;
}) {
  const { id } = await params;
  const user = await requireUser(`/api-keys/${id}/revoke`, "organization_admin");
  const keyId = readRowId(id);
  const key = keyId === null ? null : getApiKey(user.scope, keyId);
  if (!key) notFound();
  const mayRevoke = key.organization ? manages(user.scope, key.organization.id) : hasRole(user.role, "admin");
  if (!mayRevoke) forbidden();
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader
        title={`Revoke ${key.name}?`}
        description={<span className="font-mono text-[0.8125rem]">{key.prefix}…</span>}
      />
      <Card>
        <RevokeKeyForm
          id={key.id}
          back={backFrom(await searchParams, "/api-keys")}
          action={revokeApiKeyAction}
        />
      </Card>
    </div>
  );
}
