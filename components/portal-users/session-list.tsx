import { Badge } from "#components/ui/badge.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import type { FormAction } from "#lib/form-state.ts";
import type { SessionItem } from "#lib/portal-users/session-queries.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";
import { EndSessionsForm } from "./session-forms.tsx";

/** Sessions of one portal user. */
export function SessionList({
  sessions,
  total,
  present,
  calendar,
  action,
  fields = {},
}: {
  sessions: readonly SessionItem[];
  /** How many there are in all. */
  total: number;
  /** The hash of the session that looks at the page. It is marked, and is ended by signing out. */
  present: string | null;
  calendar: Calendar;
  action: FormAction;
  /** Hidden fields of each form. */
  fields?: Record<string, string>;
}) {
  if (sessions.length === 0) return <EmptyState title="Not signed in anywhere" />;
  return (
    <>
      <ul className="divide-y divide-line rounded-lg border border-line bg-surface shadow-card">
        {sessions.map((session) => {
          const { device } = session;
          const isPresent = session.idHash === present;
          return (
            <li key={session.idHash} className="flex flex-wrap items-start justify-between gap-3 p-4">
              <div className="grid min-w-0 gap-1">
                <div className="flex flex-wrap items-center gap-2">
                  <h2 className="font-semibold" title={session.userAgent ?? undefined}>
                    {device}
                  </h2>
                  {isPresent && <Badge tone="green">This device</Badge>}
                  {session.byProvider && <Badge tone="gray">Single sign-on</Badge>}
                </div>
                <p className="text-[0.8125rem] wrap-anywhere text-muted">
                  Signed in <Instant at={session.createdAt} calendar={calendar} />
                  {session.address && ` from ${session.address}`}
                  {" · "}
                  {isPresent ? (
                    "In use now"
                  ) : (
                    <>
                      Last used <Instant at={session.lastUsedAt} calendar={calendar} />
                    </>
                  )}
                </p>
              </div>
              {!isPresent && (
                <EndSessionsForm
                  action={action}
                  fields={{ ...fields, session: session.idHash }}
                  button="End session"
                  of={`of ${device}, last used ${formatDateTime(session.lastUsedAt, calendar)}`}
                />
              )}
            </li>
          );
        })}
      </ul>
      {total > sessions.length && (
        <p className="mt-3 text-muted">
          The {sessions.length} that were used last, of {total}.
        </p>
      )}
    </>
  );
}

function Instant({ at, calendar }: { at: Date; calendar: Calendar }) {
  return <time dateTime={at.toISOString()}>{formatDateTime(at, calendar)}</time>;
}
