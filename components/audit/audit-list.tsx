import { ChevronDown } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { tagHref } from "#components/organizations/tag-chips.tsx";
import type { AuditItem } from "#lib/audit/queries.ts";
import { batchHref } from "#lib/bulk/rules/batches.ts";
import { portalUserHref } from "#lib/portal-users/search-params.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";
import { actionWords, actorWords, type Difference, differencesOf } from "./words.ts";

/** Who changed what, newest first. */
export function AuditList({
  items,
  limit,
  calendar,
  showSubject = false,
  mayOpenSettings = false,
  actorHref,
}: {
  items: readonly AuditItem[];
  /** The limit of the query. The list mentions it when there may be more. */
  limit?: number;
  calendar: Calendar;
  /** Whether the changes are of several subjects, so that each row names its own. */
  showSubject?: boolean;
  /** Whether the reader may open the pages of settings and portal users. */
  mayOpenSettings?: boolean;
  /** The link of the one who made a change. */
  actorHref?: (item: AuditItem) => string;
}) {
  return (
    <>
      <ol className="@container divide-y divide-line rounded-lg border border-line bg-surface shadow-card">
        {items.map((item) => (
          <li
            key={item.id}
            id={`change-${item.id}`}
            className="group grid gap-x-4 gap-y-0.5 px-4 py-2 @4xl:grid-cols-[minmax(0,4fr)_minmax(0,5fr)_minmax(0,3fr)_auto_auto] @4xl:items-baseline"
          >
            <div className={`min-w-0 ${ONE_LINE}`}>
              <p className="wrap-anywhere @4xl:inline">
                <span className="font-medium">{actionWords(item.action)}</span>
                {showSubject && <Subject subject={item.subject} mayOpenSettings={mayOpenSettings} />}
              </p>
            </div>
            <time
              dateTime={item.at.toISOString()}
              className="figures @4xl:order-4 text-[0.8125rem] whitespace-nowrap text-muted"
            >
              {formatDateTime(item.at, calendar)}
            </time>
            {/* Opens the line: the styles of its other cells look whether it is open. */}
            <details className="order-5 max-@4xl:hidden">
              <summary className="grid size-6 list-none place-items-center rounded text-muted hover:bg-raised [&::-webkit-details-marker]:hidden">
                <span className="sr-only">Whole change</span>
                <ChevronDown aria-hidden className="size-4 group-has-[details[open]]:rotate-180" />
              </summary>
            </details>
            <p className={`min-w-0 text-[0.8125rem] wrap-anywhere text-muted @4xl:order-3 ${ONE_LINE}`}>
              {item.actorKind === "portal_user" || item.actorKind === "api_key" ? "by " : ""}
              {actorHref ? (
                <Link href={actorHref(item)} prefetch={false} className="rounded-sm hover:underline">
                  {actorWords(item)}
                </Link>
              ) : (
                actorWords(item)
              )}
              {item.address !== null && (
                <>
                  {" "}
                  from <span className="font-mono text-xs">{item.address}</span>
                </>
              )}
            </p>
            <Differences differences={differencesOf(item, calendar)} />
          </li>
        ))}
      </ol>
      {items.length === limit && (
        <p className="mt-2 text-[0.8125rem] text-muted">The latest {limit} changes are shown.</p>
      )}
    </>
  );
}

/** Where there is room, a cell is cut to one line until its row is opened. */
const ONE_LINE = "@4xl:truncate @4xl:group-has-[details[open]]:whitespace-normal";

function Subject({ subject, mayOpenSettings }: { subject: AuditItem["subject"]; mayOpenSettings: boolean }) {
  const href = subjectHref(subject, mayOpenSettings);
  return (
    <>
      {": "}
      {href === null ? (
        subject.label
      ) : (
        <Link
          href={href}
          prefetch={false}
          className="rounded-sm underline decoration-line-strong underline-offset-2 hover:decoration-current"
        >
          {subject.label}
        </Link>
      )}
      {subject.name !== null && <span className="text-muted"> {subject.name}</span>}
    </>
  );
}

/** The page of what changed; null if there is none, or if the reader may not open it. */
function subjectHref(
  { kind, id, organization, label }: AuditItem["subject"],
  mayOpenSettings: boolean,
): string | null {
  if (organization !== null) {
    const page = `/organizations/${encodeURIComponent(organization)}`;
    return kind === "membership" ? `${page}/members` : page;
  }
  if (kind === "member" && id !== null) return `/members/${id}`;
  if (kind === "tag") return tagHref(label);
  if (kind === "batch" && id !== null) return batchHref(id);
  if (kind === "credit_type" && id !== null) return `/credit-types/${id}`;
  if (kind === "api_key" && id !== null) return `/api-keys/${id}`;
  if (!mayOpenSettings) return null;
  // The label of a grant is the email of the portal user.
  if (kind === "portal_user" || kind === "grant") return portalUserHref(label);
  return kind === "settings" ? "/settings" : null;
}

/** The old value struck out and the new one; for something that was created, only the new one. */
function Differences({ differences }: { differences: readonly Difference[] }) {
  if (differences.length === 0) return <span className="order-2 max-@4xl:hidden" />;
  return (
    <dl className="flex min-w-0 flex-wrap gap-x-5 gap-y-0.5 text-[0.8125rem] @4xl:order-2 @4xl:h-5 @4xl:overflow-hidden @4xl:group-has-[details[open]]:h-auto">
      {differences.map(({ field, label, before, after, transaction }) => (
        <div key={field} className="flex min-w-0 flex-wrap gap-x-1.5">
          <dt className="text-muted">{label}</dt>
          <dd className="figures min-w-0 wrap-anywhere">
            {before !== null && (
              <>
                <del className="text-muted decoration-line-strong">{before}</del>
                <span aria-hidden className="text-muted">
                  {" → "}
                </span>
              </>
            )}
            {after !== null && <Changed transaction={transaction}>{after}</Changed>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Changed({ transaction, children }: { transaction: number | null; children: ReactNode }) {
  return (
    <ins className="no-underline">
      {transaction === null ? (
        children
      ) : (
        <Link
          href={`/transactions/${transaction}`}
          prefetch={false}
          className="rounded-sm underline decoration-line-strong underline-offset-2 hover:decoration-current"
        >
          {children}
        </Link>
      )}
    </ins>
  );
}
