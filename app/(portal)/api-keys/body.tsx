import { KeyRound } from "lucide-react";
import Link from "next/link";
import { ApiKeyList } from "#components/api-keys/api-key-list.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { KeysetPages } from "#components/ui/keyset-pages.tsx";
import { type ApiKeyOwner, listApiKeys } from "#lib/api-keys/queries.ts";
import { type ApiKeysView, apiKeysHref } from "#lib/api-keys/search-params.ts";
import { OLDEST } from "#lib/keyset.ts";
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

/** A page of keys: all of them, those of the whole enterprise, or those of one organization. */
export function ApiKeysBody({
  owner,
  view,
  path,
  mayChange,
}: {
  owner: ApiKeyOwner;
  view: ApiKeysView;
  path: string;
  mayChange: boolean;
}) {
  const { items, older, newer } = listApiKeys(owner, view);
  const href = (change: Partial<ApiKeysView>) => apiKeysHref(view, change, path);
  if (items.length === 0) {
    return (
      <EmptyState icon={<KeyRound />} title="No API keys yet">
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
        revokeAction={mayChange ? revokeApiKeyAction : null}
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
