import Link from "next/link";
import { organizationHref } from "#components/organizations/organization-rows.ts";
import { PageHeader } from "#components/ui/page-header.tsx";
import type { ApiKeyListItem } from "#lib/api-keys/queries.ts";
import type { FormAction } from "#lib/form-state.ts";
import { KeyStatusBadge } from "./api-key-list.tsx";
import { RevokeKey } from "./revoke-key.tsx";

/** The top of an API key's page: where it belongs, its name and status, and what it may report. */
export function KeyHeader({
  apiKey: key,
  revoke,
  back,
}: {
  apiKey: ApiKeyListItem;
  /** Null where the reader may not revoke the key, or it is revoked already. */
  revoke: FormAction | null;
  back: string;
}) {
  const { organization } = key;
  return (
    <>
      <nav aria-label="Breadcrumb" className="mb-2 text-[0.8125rem] text-muted">
        <Link
          href={organization ? `${organizationHref(organization.code)}/api-keys` : "/api-keys"}
          prefetch={false}
          className="rounded-sm hover:text-ink hover:underline"
        >
          {organization ? `API keys of ${organization.name}` : "API keys"}
        </Link>
        <span aria-hidden> / </span>
        <span className="font-mono">{key.prefix}…</span>
      </nav>
      <PageHeader
        title={
          <span className="flex flex-wrap items-center gap-2.5">
            <span className="min-w-0">{key.name}</span>
            <KeyStatusBadge status={key.status} />
          </span>
        }
        description={
          <p className="wrap-anywhere">
            {organization ? (
              <>
                Reports usage of{" "}
                <Link
                  href={organizationHref(organization.code)}
                  prefetch={false}
                  className="rounded-sm underline underline-offset-2 hover:text-ink"
                >
                  {organization.name}
                </Link>{" "}
                only.
              </>
            ) : (
              "Whole enterprise: reports usage of every organization."
            )}{" "}
            It begins with <span className="font-mono text-[0.8125rem]">{key.prefix}</span>.
          </p>
        }
        actions={revoke && <RevokeKey id={key.id} name={key.name} size="md" back={back} action={revoke} />}
      />
    </>
  );
}
