import type { Metadata } from "next";
import { MisreadNote } from "#components/ui/misread-note.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { TabLinks } from "#components/ui/tab-links.tsx";
import { apiKeysHref, apiKeysSearchParams } from "#lib/api-keys/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { isWhole, managesAny } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { ApiKeysBody, CreateKeyLink } from "./body.tsx";

export const metadata: Metadata = { title: "API keys" };

export default async function ApiKeysPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const raw = await searchParams;
  const view = apiKeysSearchParams.decode(raw);
  const user = await requireUser(apiKeysHref(view, { before: view.before }), "grant");
  return (
    <>
      <PageHeader
        title="API keys"
        description="Applications use these keys to report what members spend."
        actions={managesAny(user.scope) && <CreateKeyLink back="/api-keys" />}
      />
      {isWhole(user.scope) && (
        <div className="mb-4">
          <TabLinks
            label="Scope"
            items={[
              { href: apiKeysHref(view, { scope: "all" }), label: "All", current: view.scope === "all" },
              {
                href: apiKeysHref(view, { scope: "enterprise" }),
                label: "Whole enterprise",
                current: view.scope === "enterprise",
              },
            ]}
          />
        </div>
      )}
      <MisreadNote misread={apiKeysSearchParams.misread(raw)} />
      <ApiKeysBody user={user} owner={view.scope} view={view} path="/api-keys" />
    </>
  );
}
