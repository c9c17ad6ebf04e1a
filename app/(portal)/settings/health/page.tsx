import type { Metadata } from "next";
import type { ReactNode } from "react";
import { SettingsHeader } from "#components/settings/settings-header.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { hasRole } from "#lib/actor.ts";
import { healthLimits } from "#lib/alerts/queries/health-limits.ts";
import { formatCount } from "#lib/credits.ts";
import { readHealth } from "#lib/health/queries.ts";
import { ageText, HOUR_MS } from "#lib/health/rules.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";

export const metadata: Metadata = { title: "Backups and checks" };

export default async function HealthPage() {
  const user = await requireUser("/settings/health", "admin");
  const { backup, verify, since } = readHealth();
  const { backupHours, verifyDays } = healthLimits();
  const now = new Date();
  const calendar = getSettings();
  // What was never done counts from the beginning of the portal, as the alerts do.
  const isOlder = (done: { at: Date } | null, hours: number | null) =>
    hours !== null && now.getTime() - (done?.at ?? since ?? now).getTime() >= hours * HOUR_MS;
  const faults = verify?.faults ?? 0;
  return (
    <>
      <SettingsHeader tab="health" owner={hasRole(user.role, "owner")} />
      <div className="grid max-w-xl gap-6">
        <Check
          title="Last backup"
          at={backup?.at ?? null}
          now={now}
          calendar={calendar}
          badge={isOlder(backup, backupHours) ? "Too old" : null}
          isWatched={backupHours !== null}
          command="npm run bursar -- backup FILE"
        >
          {backupHours === null
            ? "No rule watches its age."
            : `An alert opens when it is ${formatCount(backupHours)} ${backupHours === 1 ? "hour" : "hours"} old.`}
        </Check>
        <Check
          title="Last check of the data"
          at={verify?.at ?? null}
          now={now}
          calendar={calendar}
          badge={
            faults > 0
              ? `${formatCount(faults)} ${faults === 1 ? "fault" : "faults"}`
              : isOlder(verify, verifyDays === null ? null : verifyDays * 24)
                ? "Too old"
                : null
          }
          isWatched={verifyDays !== null}
          command="npm run bursar -- verify"
        >
          {verifyDays === null
            ? "No rule watches its age."
            : `An alert opens when it is ${formatCount(verifyDays)} ${verifyDays === 1 ? "day" : "days"} old, and when it finds a fault.`}
        </Check>
      </div>
    </>
  );
}

function Check({
  title,
  at,
  now,
  calendar,
  badge,
  isWatched,
  command,
  children,
}: {
  title: string;
  at: Date | null;
  now: Date;
  calendar: Calendar;
  /** What is wrong; null where nothing is. */
  badge: string | null;
  /** Whether a rule limits its age. Without one, no age is recent. */
  isWatched: boolean;
  /** The operator's command. */
  command: string;
  children: ReactNode;
}) {
  return (
    <Card>
      <div className="flex flex-wrap items-baseline justify-between gap-2">
        <h2 className="font-semibold">{title}</h2>
        {badge ? <Badge tone="amber">{badge}</Badge> : at && isWatched && <Badge tone="green">Recent</Badge>}
      </div>
      <p className="mt-2">
        {at ? (
          <>
            <time dateTime={at.toISOString()}>{formatDateTime(at, calendar)}</time>
            <span className="text-muted">, {ageText(now.getTime() - at.getTime())} ago</span>
          </>
        ) : (
          "Never, as far as this portal knows."
        )}
      </p>
      <p className="mt-1 text-[0.8125rem] text-muted">{children}</p>
      <p className="mt-3 text-[0.8125rem] text-muted">
        The operator runs <code className="wrap-anywhere text-ink">{command}</code>
      </p>
    </Card>
  );
}
