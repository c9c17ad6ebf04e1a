import Link from "next/link";
import type { ReactNode } from "react";
import { tagHref } from "#components/organizations/tag-chips.tsx";
import type { AuditItem } from "#lib/audit/queries.ts";
import { batchHref } from "#lib/batches/rules/batches.ts";
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
      <ol className="divide-y divide-line rounded-lg border border-line bg-surface shadow-card">
        {items.map((item) => (
          <li key={item.id} id={`change-${item.id}`} className="grid gap-1 px-4 py-3">
            <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-0.5">
              <p className="min-w-0 wrap-anywhere">
                <span className="font-medium">{actionWords(item.action)}</span>
                {showSubject && <Subject subject={item.subject} mayOpenSettings={mayOpenSettings} />}
              </p>
              <time dateTime={item.at.toISOString()} className="figures text-[0.8125rem] text-muted">
                {formatDateTime(item.at, calendar)}
              </time>
            </div>
            <p className="text-[0.8125rem] wrap-anywhere text-muted">
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
  if (kind === "credit_type") return "/credit-types";
  if (kind === "api_key" && id !== null) return `/api-keys/${id}`;
  if (!mayOpenSettings) return null;
  if (kind === "portal_user") return "/settings/users";
  return kind === "settings" ? "/settings" : null;
}

/** The old value struck out and the new one; for something that was created, only the new one. */
function Differences({ differences }: { differences: readonly Difference[] }) {
  if (differences.length === 0) return null;
  return (
    <dl className="mt-0.5 flex flex-wrap gap-x-5 gap-y-0.5 text-[0.8125rem]">
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
