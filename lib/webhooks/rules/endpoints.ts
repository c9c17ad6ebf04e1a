import { z } from "zod";
import { nameField, type ReadResult, rowId } from "#lib/fields.ts";
import { chosenPatterns, eventFields, eventFieldValues, requireEvent } from "#lib/outbox/rules/choice.ts";
import {
  ALL_ALERTS,
  ALL_EVENTS,
  EVENT_TYPES,
  type EventPatterns,
  isEventPattern,
  matchesEvent,
} from "#lib/outbox/rules/events.ts";
import { addressOfHost, isLocalName, isPublicAddress } from "./addresses.ts";

export const ENDPOINT_KINDS = { webhook: "Webhook", slack: "Slack", teams: "Microsoft Teams" } as const;
export type EndpointKind = keyof typeof ENDPOINT_KINDS;

export const ENDPOINT_STATES = { active: "Active", paused: "Paused", resting: "Suspended" } as const;
export type EndpointState = keyof typeof ENDPOINT_STATES;

/** Each may have a connection open at the same time. */
export const ENDPOINTS_MAX = 50;

const URL_MAX_CHARACTERS = 2_000;

const httpsOnly = "Enter an address that begins with https://.";
const notPublic =
  "This address is not on the public internet. The operator can allow it with WEBHOOK_ALLOW_PRIVATE=on.";

/**
 * Reads the address of an endpoint. Names are checked again when they are resolved, at each delivery.
 *
 * @param privateAllowed the setting WEBHOOK_ALLOW_PRIVATE
 */
export function readEndpointUrl(text: string, privateAllowed: boolean): ReadResult<string> {
  const refuse = (message: string): ReadResult<string> => ({ ok: false, message });
  const typed = text.trim();
  if (typed === "") return refuse("Enter an address.");
  if (typed.length > URL_MAX_CHARACTERS) return refuse(`At most ${URL_MAX_CHARACTERS} characters.`);
  if (!URL.canParse(typed)) return refuse(httpsOnly);
  const url = new URL(typed);
  if (url.protocol !== "https:" && url.protocol !== "http:") return refuse(httpsOnly);
  if (url.username !== "" || url.password !== "") {
    return refuse("An address with a user name or a password is not accepted.");
  }
  if (!privateAllowed) {
    const address = addressOfHost(url.hostname);
    if (isLocalName(url.hostname) || (address !== null && !isPublicAddress(address)))
      return refuse(notPublic);
    if (url.protocol !== "https:") return refuse(httpsOnly);
  }
  url.hash = "";
  return { ok: true, value: url.href };
}

/** A longer first part of a path may be a secret. */
const SHOWN_PART_MAX_CHARACTERS = 20;

/**
 * What lists, the audit and backups have of an address in plain text. The query may hold a secret, the path of a Slack or
 * Teams address is one, and so is that of other services that take webhooks, such as Zapier and Discord. Of other paths the
 * first part is shown.
 */
export function shownUrl(href: string, kind: EndpointKind): string {
  const { origin, pathname, search } = new URL(href);
  const [first = "", ...others] = pathname.slice(1).split("/");
  if (kind !== "webhook" || first.length > SHOWN_PART_MAX_CHARACTERS) return `${origin}/…`;
  if (others.join("") !== "") return `${origin}/${first}/…`;
  return origin + pathname + (search === "" ? "" : "?…");
}

/** The name of an event, or a pattern, as the command line takes it. */
export const eventPattern = z.string().refine(isEventPattern, "There is no such event.");

const url = z.string().max(10_000, `At most ${URL_MAX_CHARACTERS} characters.`);
/** What people call an endpoint; empty for the host of its address. */
export const endpointName = z
  .string()
  .default("")
  .transform((text) => text.trim())
  .pipe(z.union([z.literal(""), nameField(100)]));

const endpointKind = z.enum(
  Object.keys(ENDPOINT_KINDS) as [EndpointKind, ...EndpointKind[]],
  "Choose what it is.",
);

/** An endpoint to add. An empty `name` takes the host of the address. */
export type CreateEndpointInput = { kind: EndpointKind; name: string; url: string; events: EventPatterns };

export const createEndpointInput = z
  .object({ kind: endpointKind, name: endpointName, url, ...eventFields })
  .superRefine(requireEvent)
  .transform(
    (form): CreateEndpointInput => ({
      kind: form.kind,
      name: form.name,
      url: form.url,
      events: chosenPatterns(form),
    }),
  );

const id = rowId("Unknown endpoint.");
export const endpointInput = z.object({ id });

export type UpdateEndpointInput = { id: number; name: string; url: string; events: EventPatterns };

export const updateEndpointInput = z
  .object({ id, name: nameField(100), url, ...eventFields })
  .superRefine(requireEvent)
  .transform(
    (form): UpdateEndpointInput => ({
      id: form.id,
      name: form.name,
      url: form.url,
      events: chosenPatterns(form),
    }),
  );

export const endpointStateInput = z.object({ id, to: z.enum(["active", "paused"]) });

/** The patterns as the audit records them. */
export const patternsText = (events: EventPatterns): string => events.join(" ");

/** An endpoint as its form shows it. */
export function endpointFormValues(endpoint: { name: string; url: string; events: EventPatterns }) {
  return { name: endpoint.name, url: endpoint.url, ...eventFieldValues(endpoint.events) };
}

/** "All events", "3 events". */
export function patternsWords(events: EventPatterns): string {
  if (events.includes(ALL_EVENTS)) return "All events";
  if (events.length === 1 && events[0] === ALL_ALERTS) return "All alerts";
  const count = EVENT_TYPES.filter((type) => matchesEvent(events, type)).length;
  return count === 1 ? "1 event" : `${count} events`;
}
