import { z } from "zod";
import { emailAddress } from "#lib/email.ts";
import { asTransform, type ReadResult } from "#lib/fields.ts";
import { canonicalFault, canonicalJson, isJsonNumber, isJsonObject } from "#lib/json.ts";
import { CODE_MAX_CHARACTERS } from "#lib/organization-codes/rules.ts";
import { findInvisible } from "#lib/text.ts";
import {
  APPLICATION_MAX_CHARACTERS,
  applicationName,
  boundedText,
  EVENT_ID_MAX_CHARACTERS,
  eventId,
  occurredAt,
  readAmount,
  trimmedText,
} from "../event.ts";

// What the usage API takes, as JSON. `openapi.ts` describes the same schemas.

/** How many events one request may bring. */
export const BATCH_MAX_EVENTS = 1_000;
const METADATA_MAX_CHARACTERS = 4_096;
const METADATA_MAX_DEPTH = 8;
const SOURCE_MAX_CHARACTERS = 500;
const MEDIA_TYPE_MAX_CHARACTERS = 200;

const creditsField = z
  .unknown()
  .transform(
    asTransform((json: unknown): ReadResult<bigint> => {
      if (json === undefined) return { ok: false, message: "Is missing." };
      if (isJsonNumber(json)) return readAmount(json.value, "number");
      if (typeof json === "string") return readAmount(json);
      return { ok: false, message: 'Must be a decimal string such as "0.047", or a number.' };
    }),
  )
  .meta({
    description:
      "At least 0 and at most 10^12. More than 6 decimal places are rounded half up. A number is read from its text.",
    anyOf: [
      { type: "string", pattern: "^\\d+(\\.\\d+)?$", maxLength: 400 },
      { type: "number", minimum: 0, maximum: 1_000_000_000_000 },
    ],
    examples: ["0.047"],
  });

const metadataField = z
  .unknown()
  .transform(
    asTransform((json: unknown): ReadResult<string> => {
      if (!isJsonObject(json)) return { ok: false, message: "Must be an object." };
      const unfit = canonicalFault(json, METADATA_MAX_DEPTH);
      if (unfit) return { ok: false, message: unfit };
      const text = canonicalJson(json);
      if (text.length <= METADATA_MAX_CHARACTERS) return { ok: true, value: text };
      const message = `At most ${METADATA_MAX_CHARACTERS} characters as JSON; this has ${text.length}.`;
      return { ok: false, message };
    }),
  )
  .meta({
    description: `Whatever you want to find again. At most ${METADATA_MAX_CHARACTERS} characters as JSON.`,
    type: "object",
    additionalProperties: true,
    examples: [{ model: "gpt-4o" }],
  });

/** A code to look up: one that no organization can have is not found, one that is no text is a mistake. */
export const organizationField = trimmedText(CODE_MAX_CHARACTERS).meta({
  description: "The organization's code. May be left out with an organization's own key.",
  minLength: 1,
  maxLength: CODE_MAX_CHARACTERS,
  examples: ["MKT"],
});

const memberField = emailAddress.meta({
  description: "The member's email.",
  format: "email",
  maxLength: 254,
  examples: ["ana@example.edu"],
});

const instantField = (description: string) =>
  occurredAt.meta({ description, format: "date-time", examples: ["2026-11-23T10:00:00Z"] });

const usageFields = {
  organization: organizationField.nullish(),
  member: memberField,
  application: applicationName.meta({
    description: "What the member used.",
    minLength: 1,
    maxLength: APPLICATION_MAX_CHARACTERS,
    examples: ["essay-coach"],
  }),
  credits: creditsField,
  occurredAt: instantField(
    "When it happened, with a time zone: at most 5 minutes ahead, and as late as the portal allows (35 days unless the operator sets another limit). Left out: now.",
  ).nullish(),
  metadata: metadataField.nullish(),
};

export const eventIdField = eventId.meta({
  description: "Your own id of this event. Sent again with the same content, it is recorded once.",
  minLength: 1,
  maxLength: EVENT_ID_MAX_CHARACTERS,
  examples: ["req-7f3"],
});

export const usageInput = z.strictObject({ id: eventIdField, ...usageFields }).meta({ title: "UsageEvent" });

const eventsOf = (schema: string) =>
  z
    .array(z.unknown().meta({ $ref: `#/components/schemas/${schema}` }))
    .max(BATCH_MAX_EVENTS, `At most ${BATCH_MAX_EVENTS} events in one request.`)
    .meta({ description: "In the order in which they are to be recorded." });
export const batchInput = z.strictObject({ events: eventsOf("UsageEvent") });
/** A batch of CloudEvents is the array alone. */
export const cloudEventsInput = eventsOf("CloudEvent");

export const checkInput = z.strictObject({
  member: memberField,
  organization: organizationField.optional(),
  credits: creditsField
    .meta({ description: "What the call is going to cost; `allowed` is then whether that may be spent." })
    .optional(),
});

export const sourceField = boundedText(SOURCE_MAX_CHARACTERS)
  .refine((text) => text !== "", "Must not be empty.")
  .refine((text) => findInvisible(text) === null, "Holds an invisible character.")
  .meta({
    description: "Where the event comes from, a URI reference. Together with `id` it names the event.",
    minLength: 1,
    maxLength: SOURCE_MAX_CHARACTERS,
    examples: ["/essay-coach"],
  });

/** A CloudEvent 1.0 whose data is JSON. Extension attributes are accepted and not kept. */
export const cloudEventInput = z
  .looseObject({
    specversion: z.literal("1.0", 'Must be "1.0".'),
    id: eventIdField,
    source: sourceField,
    type: z
      .string()
      .min(1, "Must not be empty.")
      .meta({ examples: ["ai.usage"] }),
    subject: memberField.nullish(),
    time: instantField("When it happened, unless `data` has `occurredAt`.").nullish(),
    datacontenttype: boundedText(MEDIA_TYPE_MAX_CHARACTERS)
      .refine(isJsonType, "Must be application/json.")
      .meta({ examples: ["application/json"] })
      .nullish(),
    data_base64: z.string().meta({ description: "The data as JSON in Base64, instead of `data`." }).nullish(),
    data: z.strictObject({ ...usageFields, member: memberField.nullish() }),
  })
  .meta({ title: "CloudEvent", description: "The member's email is the `subject`, or `data.member`." });

/** Whether this media type is JSON in UTF-8, with or without the parameter `charset`. */
export function isJsonType(type: string): boolean {
  if (type.length > MEDIA_TYPE_MAX_CHARACTERS) return false;
  return /^application\/(?:[\w.-]+\+)?json *(?:; *charset="?utf-8"?)?$/i.test(type.trim());
}
