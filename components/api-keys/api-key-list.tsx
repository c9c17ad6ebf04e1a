import Link from "next/link";
import { Badge } from "#components/ui/badge.tsx";
import type { ApiKeyListItem } from "#lib/api-keys/queries.ts";
import type { FormState } from "#lib/form-state.ts";
import { type Calendar, formatDate, formatDateTime } from "#lib/time.ts";
import { RevokeKey } from "./revoke-key.tsx";

const STATUSES = {
  active: { tone: "green", label: "Active" },
  expired: { tone: "amber", label: "Expired" },
  revoked: { tone: "gray", label: "Revoked" },
} as const;

/** Keys, newest first: a table, and on a narrow screen a card for each of its rows. */
export function ApiKeyList({
  items,
  showScope,
  calendar,
  back,
  revokeAction,
}: {
  items: readonly ApiKeyListItem[];
  showScope: boolean;
  calendar: Calendar;
  back: string;
  /** Given to those who may revoke. */
  revokeAction: ((state: FormState, data: FormData) => Promise<FormState>) | null;
}) {
  const columns = [
    "Name",
    "Key",
    ...(showScope ? ["Scope"] : []),
    "Created",
    "Last used",
    "Expires",
    "Status",
  ];
  return (
    <table
      aria-label="API keys"
      className="w-full rounded-lg border border-line bg-surface text-left text-[0.8125rem] shadow-card max-lg:block lg:border-separate lg:border-spacing-0"
    >
      <thead className="text-muted max-lg:sr-only">
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col" className="px-3 py-2 font-medium whitespace-nowrap">
              {column}
            </th>
          ))}
          {revokeAction && (
            <th scope="col" className="px-3 py-2">
              <span className="sr-only">Actions</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody className="max-lg:block">
        {items.map((key) => (
          <tr
            key={key.id}
            className="figures max-lg:flex max-lg:flex-wrap max-lg:items-center max-lg:gap-x-4 max-lg:gap-y-1 max-lg:border-t max-lg:border-line max-lg:px-3 max-lg:py-3 max-lg:first:border-t-0"
          >
            <th scope="row" className={`${CELL} min-w-0 font-medium break-words max-lg:basis-full`}>
              {key.name}
            </th>
            <td className={`${CELL} font-mono text-xs whitespace-nowrap`}>{key.prefix}…</td>
            {showScope && (
              <td className={`${CELL} min-w-0 break-words`}>
                {key.organization ? (
                  <Link
                    href={`/organizations/${encodeURIComponent(key.organization.code)}/api-keys`}
                    prefetch={false}
                    title={key.organization.code}
                    className="rounded-sm hover:underline"
                  >
                    {key.organization.name}
                  </Link>
                ) : (
                  "Whole enterprise"
                )}
              </td>
            )}
            <td className={`${CELL} whitespace-nowrap`}>
              <Label>Created</Label>
              <time dateTime={key.createdAt.toISOString()}>{formatDate(key.createdAt, calendar)}</time>
            </td>
            <td className={`${CELL} whitespace-nowrap`}>
              <Label>Last used</Label>
              {key.lastUsedAt ? (
                <time dateTime={key.lastUsedAt.toISOString()}>
                  {formatDateTime(key.lastUsedAt, calendar)}
                </time>
              ) : (
                <span className="text-muted">Never</span>
              )}
            </td>
            <td className={`${CELL} whitespace-nowrap`}>
              <Label>Expires</Label>
              <Expiry at={key.expiresAt} calendar={calendar} />
            </td>
            <td className={CELL}>
              <Badge tone={STATUSES[key.status].tone}>{STATUSES[key.status].label}</Badge>
            </td>
            {revokeAction && (
              <td className={`${CELL} text-right max-lg:ml-auto`}>
                {key.status !== "revoked" && (
                  <RevokeKey id={key.id} name={key.name} back={back} action={revokeAction} />
                )}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const CELL = "lg:border-t lg:border-line lg:px-3 lg:py-2 lg:align-top";

function Label({ children }: { children: string }) {
  return <span className="text-muted lg:sr-only">{children} </span>;
}

/** The last day on which a key works: it ends with the instant at which that day does. */
function Expiry({ at, calendar }: { at: Date | null; calendar: Calendar }) {
  if (!at) return <span className="text-muted">Never</span>;
  return <time dateTime={at.toISOString()}>{formatDate(new Date(at.getTime() - 1), calendar)}</time>;
}
