import { z } from "zod";
import { formatCount } from "#lib/credits.ts";
import { alertData, EVENTS, type EventType } from "./events.ts";

/** What a digest has of one organization: the number of its alerts, and the first of them in words. */
const digestPart = z.object({ organization: z.int(), alerts: z.int(), named: z.array(z.string()) });
export type DigestPart = z.infer<typeof digestPart>;

/** The data of a digest for one reader. No receiver of webhooks gets it. */
export const readerDigestData = alertData.extend({ parts: z.array(digestPart).optional() });

/** How many of its alerts a digest names. */
export const NAMED_IN_DIGEST = 10;

/** The title and the text of a digest. `named` are the first of its alerts in words. */
export function digestWords(
  type: EventType,
  alerts: number,
  named: readonly string[],
): { title: string; text: string } {
  const more = alerts - named.length;
  const parts = [
    ...named,
    ...(more > 0 ? [`${named.length > 0 ? "and " : ""}${formatCount(more)} more`] : []),
  ];
  return {
    title: `${formatCount(alerts)} ${alerts === 1 ? "alert" : "alerts"}: ${EVENTS[type].label}`,
    text: named.length === 0 ? "" : `${parts.join("; ")}.`,
  };
}

/**
 * The parts of a digest in other words, after its reader lost access to some organizations.
 *
 * @returns null where nothing is left
 */
export function digestOfParts(
  type: EventType,
  parts: readonly DigestPart[],
): { title: string; text: string } | null {
  const alerts = parts.reduce((sum, part) => sum + part.alerts, 0);
  const named = parts.flatMap((part) => part.named).slice(0, NAMED_IN_DIGEST);
  return alerts === 0 ? null : digestWords(type, alerts, named);
}
