import type { AuditItem } from "#lib/audit/queries.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";

const WORDS: Record<string, string> = {
  "organization.created": "Created",
  "organization.updated": "Changed",
  "organization.activated": "Activated",
  "organization.deactivated": "Deactivated",
};

const FIELD_WORDS: Record<string, string> = {
  name: "Name",
  code: "Code",
  creditType: "Credit type",
  monthlyAllowance: "Monthly allowance per member",
  status: "Status",
};

const shown = (value: unknown) => (value === null || value === undefined ? "no limit" : String(value));

/** Who changed what, newest first. */
export function AuditList({
  items,
  limit,
  calendar,
}: {
  items: readonly AuditItem[];
  /** How many were asked for at most; said when there may be more. */
  limit: number;
  calendar: Calendar;
}) {
  return (
    <>
      <ol className="divide-y divide-line rounded-lg border border-line bg-surface shadow-card">
        {items.map((item) => (
          <li key={item.id} className="grid gap-1 px-4 py-3">
            <p className="flex flex-wrap justify-between gap-x-4">
              <span>
                <span className="font-medium">{WORDS[item.action] ?? item.action}</span>
                <span className="text-muted"> by {item.actorLabel}</span>
              </span>
              <time dateTime={item.at.toISOString()} className="figures text-[0.8125rem] text-muted">
                {formatDateTime(item.at, calendar)}
              </time>
            </p>
            {item.action === "organization.updated" && (
              <ul className="text-[0.8125rem] text-muted">
                {Object.keys(item.after).map((field) => (
                  <li key={field} className="break-words">
                    {FIELD_WORDS[field] ?? field}:{" "}
                    <del className="no-underline">{shown(item.before[field])}</del> →{" "}
                    <ins className="text-ink no-underline">{shown(item.after[field])}</ins>
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ol>
      {items.length === limit && (
        <p className="mt-2 text-[0.8125rem] text-muted">The latest {limit} changes are shown.</p>
      )}
    </>
  );
}
