import { z } from "zod";
import { plainCredits } from "#lib/credits.ts";
import { emailAddress, emailKey } from "#lib/email.ts";
import { asTransform, type Read as FieldRead } from "#lib/fields.ts";
import { canonicalFault, canonicalJson, isJsonNumber, parseJson } from "#lib/json.ts";
import { CODE_MAX_CHARACTERS } from "#lib/organizations/rules.ts";
import { PROBLEMS, type ProblemCode, type ProblemDetails } from "#lib/problem.ts";
import { findInvisible } from "#lib/text.ts";
import {
  APPLICATION_MAX_CHARACTERS,
  applicationName,
  boundedText,
  EVENT_ID_MAX_CHARACTERS,
  eventId,
  occurredAt,
  type RecordedUsage,
  readAmount,
  type Spendable,
  trimmedText,
  type UsageEvent,
} from "./event.ts";
import type { ReversedUsage } from "./reversal.ts";

// What the usage API takes and gives, as JSON. `openapi.ts` describes the same schemas.

/** How many events one request may bring. */
export const BATCH_MAX_EVENTS = 1_000;
export const METADATA_MAX_CHARACTERS = 4_096;
const METADATA_MAX_DEPTH = 8;
export const SOURCE_MAX_CHARACTERS = 500;
/** A problem lists so many of the fields at fault; a body may have a million. */
const ERRORS_LISTED = 10;
const MEDIA_TYPE_MAX_CHARACTERS = 200;
/** So much of an unknown field's name is repeated. */
const FIELD_SHOWN_CHARACTERS = 100;

const creditsField = z
  .unknown()
  .transform(
    asTransform((json: unknown): FieldRead<bigint> => {
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
    asTransform((json: unknown): FieldRead<string> => {
      if (!isObject(json)) return { ok: false, message: "Must be an object." };
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
  description: "The member's e-mail.",
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
  .meta({ title: "CloudEvent", description: "The member's e-mail is the `subject`, or `data.member`." });

/** Whether this media type is JSON in UTF-8, with or without the parameter `charset`. */
export function isJsonType(type: string): boolean {
  if (type.length > MEDIA_TYPE_MAX_CHARACTERS) return false;
  return /^application\/(?:[\w.-]+\+)?json *(?:; *charset="?utf-8"?)?$/i.test(type.trim());
}

/** What is wrong with a request: the first field at fault, and the first {@link ERRORS_LISTED} of all of them. */
export type WireFault = {
  ok: false;
  message: string;
  field?: string;
  errors: { field: string; detail: string }[];
};
export type Read<T> = { ok: true; value: T } | WireFault;

const ARTICLES: Record<string, string> = { string: "a string", object: "an object", array: "an array" };

/** The fault of one field; "" is the body itself. */
export function wireFault(field: string, detail: string): WireFault {
  const errors = [{ field, detail }];
  if (field === "") return { ok: false, message: `The body: ${detail}`, errors };
  return { ok: false, message: `${field}: ${detail}`, field, errors };
}

/** The fault of one entry of a list, named as the sender would: "events[3]". The entry's own fields keep their names. */
export function ofEntry<T>(read: Read<T>, entry: string): Read<T> {
  return read.ok || read.field !== undefined
    ? read
    : wireFault(entry, read.errors[0]?.detail ?? "Is not valid.");
}

/** Checks what {@link parseJson} read by a schema; the fields at fault are named as the sender wrote them. */
export function readBy<S extends z.ZodType>(schema: S, json: unknown): Read<z.output<S>> {
  // The parser's number is an object, which must not pass for a body.
  const parsed = schema.safeParse(isJsonNumber(json) ? Number(json.value) : json, {
    error: (issue) =>
      issue.code === "invalid_type"
        ? issue.input === undefined
          ? "Is missing."
          : `Must be ${ARTICLES[issue.expected] ?? issue.expected}.`
        : undefined,
  });
  if (parsed.success) return { ok: true, value: parsed.data };
  const errors = parsed.error.issues
    .slice(0, ERRORS_LISTED)
    .flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.slice(0, ERRORS_LISTED).map((key) => ({
            field: [...issue.path, key.slice(0, FIELD_SHOWN_CHARACTERS).toWellFormed()].join("."),
            detail: "There is no such field.",
          }))
        : [{ field: issue.path.join("."), detail: issue.message }],
    )
    .slice(0, ERRORS_LISTED);
  const [first = { field: "", detail: "Is not valid." }] = errors;
  return { ...wireFault(first.field, first.detail), errors };
}

/** Reads one event of the plain usage API. */
export function readUsage(json: unknown): Read<UsageEvent> {
  const read = readBy(usageInput, json);
  if (!read.ok) return read;
  const { id, organization = null, member, application, credits, metadata = null } = read.value;
  const at = read.value.occurredAt ?? null;
  return {
    ok: true,
    value: { id, source: "", organization, member, application, credits, occurredAt: at, metadata },
  };
}

/** Reads one CloudEvent. An attribute that is null counts as absent (CloudEvents JSON format 1.0, section 2.2). */
export function readCloudEvent(json: unknown): Read<UsageEvent> {
  const prepared = withoutNulls(json);
  const unpacked = withData(prepared);
  if (!unpacked.ok) return unpacked;
  const read = readBy(cloudEventInput, unpacked.value);
  if (!read.ok) return read;
  const { id, source, subject, time, data } = read.value;
  const member = subject ?? data.member;
  if (!member) return wireFault("subject", "Must be the member's e-mail.");
  if (data.member && emailKey(data.member) !== emailKey(member)) {
    return wireFault("subject", "Is another member than data.member.");
  }
  return {
    ok: true,
    value: {
      id,
      source,
      member,
      organization: data.organization ?? null,
      application: data.application,
      credits: data.credits,
      occurredAt: data.occurredAt ?? null,
      ...(time && { time }),
      metadata: data.metadata ?? null,
    },
  };
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === "object" && json !== null && !Array.isArray(json) && !isJsonNumber(json);
}

function withoutNulls(json: unknown): unknown {
  if (!isObject(json) || !Object.values(json).includes(null)) return json;
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null));
}

/** The event with `data` in the place of `data_base64`. */
function withData(json: unknown): Read<unknown> {
  if (!isObject(json) || typeof json.data_base64 !== "string") return { ok: true, value: json };
  const { data_base64: base64, ...rest } = json;
  if (rest.data !== undefined) return wireFault("data_base64", "Send either data or data_base64.");
  let bytes: Uint8Array;
  try {
    // Unlike Buffer's own decoder, atob refuses what is not Base64.
    bytes = Buffer.from(atob(base64), "latin1");
  } catch {
    return wireFault("data_base64", "Is not Base64.");
  }
  const parsed = parseJson(bytes);
  return parsed.ok
    ? { ok: true, value: { ...rest, data: parsed.value } }
    : wireFault("data_base64", "The data must be JSON in UTF-8.");
}

/** Reads the question of what may be spent, from a URL. */
export function readCheck(
  params: URLSearchParams,
): Read<{ member: string; organization: string | null; credits: bigint | null }> {
  const query: Record<string, unknown> = {};
  for (const name of new Set(params.keys())) {
    const [value, ...more] = params.getAll(name);
    if (more.length > 0 && Object.hasOwn(checkInput.shape, name))
      return wireFault(name, "Comes more than once.");
    Object.defineProperty(query, name, { value, enumerable: true });
  }
  const read = readBy(checkInput, query);
  if (!read.ok) return read;
  const { member, organization = null, credits = null } = read.value;
  return { ok: true, value: { member, organization, credits } };
}

const decimal = (description: string) =>
  z.string().meta({ description, pattern: "^-?\\d+(\\.\\d{1,6})?$", examples: ["12.5"] });
const optionalDecimal = (description: string) =>
  z
    .string()
    .nullable()
    .meta({ description: `${description} Null is no limit.`, examples: ["1000"] });

const memberAnswer = z.object({
  email: z.string(),
  spentThisMonth: decimal("What the member has spent in the month, after this event."),
  allowance: optionalDecimal("What the member may spend in the month."),
  remaining: optionalDecimal("What is left of it."),
});

export const usageAnswer = z
  .object({
    id: z.string(),
    status: z.enum(["recorded", "duplicate"]),
    credits: decimal("What was charged: the credits of the event, rounded to 6 decimal places."),
    organization: z.object({ code: z.string(), balance: decimal("After this event.") }),
    member: memberAnswer,
  })
  .meta({ title: "RecordedUsage" });

export const checkAnswer = z
  .object({
    allowed: z
      .boolean()
      .meta({ description: "May anything be spent, or as much as the `credits` of the question?" }),
    spendable: decimal("The smaller of balance and remaining."),
    organization: z.object({ code: z.string(), balance: decimal("What the organization has.") }),
    member: memberAnswer,
  })
  .meta({ title: "Spendable" });

export const reversalAnswer = z
  .object({
    id: z.string(),
    status: z.enum(["reversed", "duplicate"]),
    credits: decimal("What was given back."),
    organization: z.object({ code: z.string(), balance: decimal("After the reversal.") }),
  })
  .meta({ title: "ReversedUsage" });

export const problemAnswer = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    detail: z.string(),
    field: z.string().meta({ description: "The field at fault." }).optional(),
    errors: z.array(z.object({ field: z.string(), detail: z.string() })).optional(),
  })
  .meta({ title: "Problem", description: "RFC 9457 problem details." });

export const batchAnswer = z.object({
  results: z
    .array(
      z.union([
        usageAnswer,
        z.object({ id: z.string().nullable(), status: z.literal("refused"), error: problemAnswer }),
      ]),
    )
    .meta({ description: "One for each event, in order." }),
  summary: z
    .object({ recorded: z.int(), duplicate: z.int(), refused: z.int() })
    .meta({ description: "How many of the results have which status." }),
});

const amount = (micro: bigint | null) => (micro === null ? null : plainCredits(micro));
const memberJson = (member: RecordedUsage["member"]) => ({
  email: member.email,
  spentThisMonth: plainCredits(member.spentThisMonth),
  allowance: amount(member.allowance),
  remaining: amount(member.remaining),
});

export function usageJson(recorded: RecordedUsage): z.input<typeof usageAnswer> {
  const { id, status, credits, organization, member } = recorded;
  return {
    id,
    status,
    credits: plainCredits(credits),
    organization: { code: organization.code, balance: plainCredits(organization.balance) },
    member: memberJson(member),
  };
}

export function reversedJson({
  id,
  status,
  credits,
  organization,
}: ReversedUsage): z.input<typeof reversalAnswer> {
  const { code, balance } = organization;
  return {
    id,
    status,
    credits: plainCredits(credits),
    organization: { code, balance: plainCredits(balance) },
  };
}

export function checkJson({
  allowed,
  spendable,
  organization,
  member,
}: Spendable): z.input<typeof checkAnswer> {
  return {
    allowed,
    spendable: plainCredits(spendable),
    organization: { code: organization.code, balance: plainCredits(organization.balance) },
    member: memberJson(member),
  };
}

/** The members of a problem that name the fields at fault. */
export function faultDetails({ field, errors }: WireFault): ProblemDetails {
  return { ...(field !== undefined && { field }), errors };
}
