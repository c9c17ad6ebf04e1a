import { KeyRound } from "lucide-react";
import Link from "next/link";
import { ApiKeyList } from "#components/api-keys/api-key-list.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { KeysetPages } from "#components/ui/keyset-pages.tsx";
import { hasRole } from "#lib/actor.ts";
import { type ApiKeyListItem, type ApiKeyOwner, listApiKeys } from "#lib/api-keys/queries.ts";
import { type ApiKeysView, apiKeysHref } from "#lib/api-keys/search-params.ts";
import { OLDEST } from "#lib/keyset.ts";
import type { SessionUser } from "#lib/portal-users/queries.ts";
import { manages } from "#lib/scope/scope.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { revokeApiKeyAction } from "./actions.ts";

/** The link to the form that creates a key; of `organization` on that organization's page. */
export function CreateKeyLink({ organization, back }: { organization?: string; back: string }) {
  const query = new URLSearchParams({ ...(organization !== undefined && { organization }), back });
  return (
    <Link href={`/api-keys/new?${query}`} prefetch={false} className={buttonClass({ variant: "primary" })}>
      Create API key
    </Link>
  );
}

/** A page of the user's keys: all of them, those of the whole enterprise, or those of one organization. */
export function ApiKeysBody({
  user: { role, scope },
  owner,
  view,
  path,
}: {
  user: SessionUser;
  owner: ApiKeyOwner;
  view: ApiKeysView;
  path: string;
}) {
  const { items, older, newer } = listApiKeys(scope, owner, view);
  const mayRevoke = ({ organization }: ApiKeyListItem) =>
    organization ? manages(scope, organization.id) : hasRole(role, "admin");
  const href = (change: Partial<ApiKeysView>) => apiKeysHref(view, change, path);
  if (items.length === 0) {
    return (
      <EmptyState
        icon={<KeyRound />}
        title={owner === "enterprise" ? "No API keys for the whole enterprise yet" : "No API keys yet"}
      >
        With an API key, an application can report spending and check what a member has left.
      </EmptyState>
    );
  }
  return (
    <>
      <ApiKeyList
        items={items}
        showScope={typeof owner !== "number"}
        calendar={getSettings()}
        back={href({ before: view.before, after: view.after })}
        revocable={items.filter(mayRevoke).map(({ id }) => id)}
        revokeAction={revokeApiKeyAction}
      />
      <KeysetPages
        first={href({})}
        newer={newer && href({ after: newer })}
        older={older && href({ before: older })}
        last={href({ after: OLDEST })}
      />
    </>
  );
}
