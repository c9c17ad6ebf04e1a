import { Badge } from "#components/ui/badge.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { formatCount } from "#lib/credits.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";
import type { Endpoint } from "#lib/webhooks/queries.ts";
import { ENDPOINT_KINDS, ENDPOINT_STATES, patternsWords } from "#lib/webhooks/rules/endpoints.ts";

const TONES = { active: "green", paused: "gray", resting: "amber" } as const;

/** The state of an endpoint. An active one whose last sends failed is shown as failing. */
export function EndpointState({ state, failures }: Pick<Endpoint, "state" | "failures">) {
  if (state === "active" && failures > 0) return <Badge tone="amber">Failing</Badge>;
  return <Badge tone={TONES[state]}>{ENDPOINT_STATES[state]}</Badge>;
}

/** Where events are sent, each with its state and a link to its page. */
export function EndpointList({
  endpoints,
  calendar,
  path,
}: {
  endpoints: readonly Endpoint[];
  calendar: Calendar;
  /** The page of the notifications. */
  path: string;
}) {
  return (
    <ul className="divide-y divide-line">
      {endpoints.map((endpoint) => (
        <li key={endpoint.id} className="grid gap-1 py-3 first:pt-0 last:pb-0">
          <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <SoftLink
              href={`${path}/endpoints/${endpoint.id}`}
              className="min-w-0 rounded-sm font-medium wrap-anywhere hover:underline"
            >
              {endpoint.name}
            </SoftLink>
            <EndpointState {...endpoint} />
            <span className="ml-auto text-[0.8125rem] text-muted">
              {endpoint.waiting > 0 && `${formatCount(endpoint.waiting)} waiting · `}
              {endpoint.lastSuccessAt ? (
                <>
                  Last delivered{" "}
                  <time dateTime={endpoint.lastSuccessAt.toISOString()}>
                    {formatDateTime(endpoint.lastSuccessAt, calendar)}
                  </time>
                </>
              ) : (
                "Nothing delivered yet"
              )}
            </span>
          </div>
          <p className="text-[0.8125rem] break-all text-muted">
            {ENDPOINT_KINDS[endpoint.kind]} · {patternsWords(endpoint.events)} ·{" "}
            <span className="font-mono">{endpoint.url}</span>
          </p>
        </li>
      ))}
    </ul>
  );
}
