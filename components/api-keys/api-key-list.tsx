import Link from "next/link";
import { Badge } from "#components/ui/badge.tsx";
import type { ApiKeyListItem } from "#lib/api-keys/queries.ts";
import type { ApiKeyStatus } from "#lib/api-keys/rules.ts";
import type { FormAction } from "#lib/form-state.ts";
import { type Calendar, formatDate, formatDateTime, formatLastDay } from "#lib/time.ts";
import { RevokeKey } from "./revoke-key.tsx";

const STATUSES = {
  active: { tone: "green", label: "Active" },
  expired: { tone: "amber", label: "Expired" },
  revoked: { tone: "gray", label: "Revoked" },
} as const;

export function KeyStatusBadge({ status }: { status: ApiKeyStatus }) {
  return <Badge tone={STATUSES[status].tone}>{STATUSES[status].label}</Badge>;
}

/** Keys, newest first: a table, and on a narrow screen a card for each of its rows. */
export function ApiKeyList({
  items,
  showScope,
  calendar,
  back,
  revocable,
  revokeAction,
}: {
  items: readonly ApiKeyListItem[];
  showScope: boolean;
  calendar: Calendar;
  back: string;
  /** The ids of the keys that the user may revoke. */
  revocable: readonly number[];
  revokeAction: FormAction;
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
    <div className="@container">
      <table
        aria-label="API keys"
        className="w-full rounded-lg border border-line bg-surface text-left text-[0.8125rem] shadow-card @max-4xl:block @4xl:border-separate @4xl:border-spacing-0"
      >
        <thead className="text-muted @max-4xl:sr-only">
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col" className="px-3 py-2 font-medium whitespace-nowrap">
                {column}
              </th>
            ))}
            {revocable.length > 0 && (
              <th scope="col" className="px-3 py-2">
                <span className="sr-only">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody className="@max-4xl:block">
          {items.map((key) => (
            <tr
              key={key.id}
              className="figures @max-4xl:flex @max-4xl:flex-wrap @max-4xl:items-center @max-4xl:gap-x-4 @max-4xl:gap-y-1 @max-4xl:border-t @max-4xl:border-line @max-4xl:px-3 @max-4xl:py-3 @max-4xl:first:border-t-0"
            >
              <th scope="row" className={`${CELL} min-w-0 font-medium wrap-anywhere @max-4xl:basis-full`}>
                <Link
                  href={`/api-keys/${key.id}`}
                  prefetch={false}
                  className="rounded-sm hover:underline @max-4xl:inline-block @max-4xl:py-1"
                >
                  {key.name}
                </Link>
              </th>
              <td className={`${CELL} font-mono text-xs whitespace-nowrap`}>{key.prefix}…</td>
              {showScope && (
                <td className={`${CELL} min-w-0 wrap-anywhere`}>
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
                <LastDay at={key.expiresAt} calendar={calendar} />
              </td>
              <td className={CELL}>
                <KeyStatusBadge status={key.status} />
              </td>
              {revocable.length > 0 && (
                <td className={`${CELL} text-right @max-4xl:ml-auto`}>
                  {key.status !== "revoked" && revocable.includes(key.id) && (
                    <RevokeKey id={key.id} name={key.name} back={back} action={revokeAction} />
                  )}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const CELL = "@4xl:border-t @4xl:border-line @4xl:px-3 @4xl:py-2 @4xl:align-top";

function Label({ children }: { children: string }) {
  return <span className="text-muted @4xl:sr-only">{children} </span>;
}

/** The last day on which a key works: it ends with the instant at which that day does. */
export function LastDay({ at, calendar }: { at: Date | null; calendar: Calendar }) {
  if (!at) return <span className="text-muted">Never</span>;
  return <time dateTime={at.toISOString()}>{formatLastDay(at, calendar)}</time>;
}
