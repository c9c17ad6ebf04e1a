import { Badge } from "#components/ui/badge.tsx";
import { formatCount } from "#lib/credits.ts";
import type { FormAction } from "#lib/form-state.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";
import type { Delivery, DeliveryTry } from "#lib/webhooks/queries.ts";
import { SendAgainForm } from "./endpoint-forms.tsx";

const STATES = {
  waiting: { tone: "blue", label: "Waiting" },
  delivered: { tone: "green", label: "Delivered" },
  failed: { tone: "amber", label: "Not delivered" },
  cancelled: { tone: "gray", label: "Ended by a restore" },
} as const;

function Instant({ at, calendar }: { at: Date; calendar: Calendar }) {
  return <time dateTime={at.toISOString()}>{formatDateTime(at, calendar)}</time>;
}

/** What was sent to an endpoint, newest first, each delivery with its tries. */
export function DeliveryList({
  deliveries,
  calendar,
  back,
  sendAgain,
}: {
  deliveries: readonly Delivery[];
  calendar: Calendar;
  /** This page. */
  back: string;
  sendAgain: FormAction;
}) {
  return (
    <ul className="divide-y divide-line">
      {deliveries.map((delivery) => {
        const { tone, label } = STATES[delivery.state];
        return (
          <li key={delivery.id} className="grid gap-2 py-3 first:pt-0 last:pb-0">
            <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
              <div className="min-w-0 flex-1 basis-64">
                <p className="wrap-anywhere">
                  <span className="font-medium">{delivery.title}</span> <Badge tone={tone}>{label}</Badge>
                </p>
                <p className="text-[0.8125rem] wrap-anywhere text-muted">
                  <Instant at={delivery.createdAt} calendar={calendar} /> · <code>{delivery.type}</code> ·{" "}
                  {delivery.subject}
                </p>
              </div>
              {delivery.type !== "webhook.test" && (
                <SendAgainForm
                  delivery={delivery.id}
                  what={`${delivery.title} (${delivery.eventId})`}
                  back={back}
                  action={sendAgain}
                />
              )}
            </div>
            <details className="text-[0.8125rem]">
              <summary className="w-fit cursor-pointer rounded-sm text-muted hover:text-ink">
                <TriesSummary delivery={delivery} calendar={calendar} />
              </summary>
              <div className="mt-2 grid gap-2">
                <p className="font-mono text-xs break-all text-muted">{delivery.eventId}</p>
                <Tries tries={delivery.tries} calendar={calendar} />
              </div>
            </details>
          </li>
        );
      })}
    </ul>
  );
}

function TriesSummary({ delivery, calendar }: { delivery: Delivery; calendar: Calendar }) {
  const { tries, nextTryAt, state } = delivery;
  const last = tries.at(-1);
  const count = tries.length === 1 ? "1 try" : `${formatCount(tries.length)} tries`;
  if (!last && nextTryAt === null && state === "waiting")
    return "Behind an earlier event of the same subject";
  if (!last) return "Not tried yet";
  return (
    <>
      {count}: {last.error ?? `answered with ${last.status} after ${formatCount(last.durationMs)} ms`}
      {nextTryAt && (
        <>
          {" "}
          Next try <Instant at={nextTryAt} calendar={calendar} />.
        </>
      )}
    </>
  );
}

function Tries({ tries, calendar }: { tries: readonly DeliveryTry[]; calendar: Calendar }) {
  if (tries.length === 0) return null;
  return (
    <ol className="grid gap-2">
      {tries.map((one) => (
        <li key={one.id} className="grid gap-1 rounded-md bg-raised px-3 py-2">
          <p className="wrap-anywhere">
            <Instant at={one.at} calendar={calendar} /> · {one.status ?? "no answer"} ·{" "}
            {formatCount(one.durationMs)} ms{one.error && ` · ${one.error}`}
          </p>
          {one.answer && (
            <pre className="font-mono text-xs wrap-anywhere whitespace-pre-wrap">{one.answer}</pre>
          )}
        </li>
      ))}
    </ol>
  );
}
