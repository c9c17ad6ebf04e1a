import { z } from "zod";
import { parseCredits, plainCredits } from "#lib/credits.ts";
import { emailAddress, emailKey } from "#lib/email.ts";
import { canonicalFault, canonicalJson, isJsonNumber } from "#lib/json.ts";
import { CODE_MAX_CHARACTERS } from "#lib/organizations/rules.ts";
import { PROBLEMS, type ProblemCode, type ProblemDetails } from "#lib/problem.ts";
import { characters, findInvisible } from "#lib/text.ts";
import type { RecordedUsage } from "./commands.ts";
import type { Spendable } from "./queries.ts";
import {
  APPLICATION_MAX_CHARACTERS,
  applicationName,
  EVENT_ID_MAX_CHARACTERS,
  eventId,
  occurredAt,
  type UsageEvent,
} from "./rules.ts";

// What the usage API takes and gives, as JSON. `openapi.ts` describes the same schemas.

/** How many events one request may bring. */
export const BATCH_MAX_EVENTS = 1_000;
export const METADATA_MAX_CHARACTERS = 4_096;
const METADATA_MAX_DEPTH = 8;
export const SOURCE_MAX_CHARACTERS = 500;

/** "5e-05" is "0.00005": a JSON number's text without exponent and needless zeros. Null for what no amount can be. */
function withoutExponent(text: string): string | null {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text) ?? [];
  const shift = Number(exponent);
  if (whole === "" || Math.abs(shift) > 40) return null;
  const zeros = "0".repeat(Math.abs(shift));
  const digits = shift < 0 ? zeros + whole + fraction : whole + fraction + zeros;
  const point = shift < 0 ? whole.length : whole.length + shift;
  const integer = digits.slice(0, point).replace(/^0+(?=\d)/, "");
  const decimals = digits.slice(point).replace(/0+$/, "");
  return `${sign}${integer}${decimals && `.${decimals}`}`;
}

/** Does a number's text mean the same to a reader that holds it as a binary float, as most do? */
function survivesFloat(plain: string): boolean {
  return withoutExponent(String(Number(plain))) === plain;
}

const AMOUNT_FORM = 'Must be a decimal string such as "0.047", or a number.';

const creditsField = z
  .unknown()
  .transform((given, context): bigint => {
    const fault = (message: string) => {
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    };
    if (given === undefined) return fault("Is missing.");
    let text = given;
    if (isJsonNumber(given)) {
      const plain = withoutExponent(given.value);
      if (plain === null) return fault("At most 1,000,000,000,000, with at most 6 decimal places.");
      const parsed = parseCredits(plain);
      if (parsed.ok && !survivesFloat(plain)) {
        return fault(`A number with so many digits is not safe in JSON. Send the string "${plain}".`);
      }
      text = plain;
    }
    if (typeof text !== "string") return fault(AMOUNT_FORM);
    const parsed = parseCredits(text);
    if (!parsed.ok) return fault(parsed.message);
    if (parsed.value === 0n) return fault("Must be more than 0.");
    return parsed.value;
  })
  .meta({
    description:
      "More than 0 and at most 10^12, with at most 6 decimal places. A number means what its text says.",
    anyOf: [
      { type: "string", pattern: "^\\d+(\\.\\d{1,6})?$" },
      { type: "number", exclusiveMinimum: 0, maximum: 1_000_000_000_000 },
    ],
    examples: ["0.047"],
  });

const metadataField = z
  .unknown()
  .transform((given, context): string => {
    const fault = (message: string) => {
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    };
    if (typeof given !== "object" || given === null || Array.isArray(given) || isJsonNumber(given)) {
      return fault("Must be an object.");
    }
    const unfit = canonicalFault(given, METADATA_MAX_DEPTH);
    if (unfit) return fault(unfit);
    const text = canonicalJson(given);
    return text.length > METADATA_MAX_CHARACTERS
      ? fault(`At most ${METADATA_MAX_CHARACTERS} characters as JSON; this has ${text.length}.`)
      : text;
  })
  .meta({
    description: `Whatever you want to find again. At most ${METADATA_MAX_CHARACTERS} characters as JSON.`,
    type: "object",
    additionalProperties: true,
    examples: [{ model: "gpt-4o" }],
  });

/** A code to look up: one that no organization can have is not found, one that is no text is a mistake. */
const organizationField = z
  .string()
  .transform((text) => text.trim())
  .refine((text) => text !== "", "Must not be empty.")
  .refine((text) => characters(text) <= CODE_MAX_CHARACTERS, `At most ${CODE_MAX_CHARACTERS} characters.`)
  .refine((text) => findInvisible(text) === null, "Holds an invisible character.")
  .meta({
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
  occurredAt(() => new Date()).meta({ description, format: "date-time", examples: ["2026-11-23T10:00:00Z"] });

const usageFields = {
  organization: organizationField.optional(),
  member: memberField,
  application: applicationName.meta({
    description: "What the member used.",
    minLength: 1,
    maxLength: APPLICATION_MAX_CHARACTERS,
    examples: ["essay-coach"],
  }),
  credits: creditsField,
  occurredAt: instantField(
    "When it happened, with a time zone: not before 2000 and at most 5 minutes ahead. Left out: now.",
  ).optional(),
  metadata: metadataField.optional(),
};

const idField = eventId.meta({
  description: "Your own id of this event. Sent again with the same content, it is recorded once.",
  minLength: 1,
  maxLength: EVENT_ID_MAX_CHARACTERS,
  examples: ["req-7f3"],
});

export const usageInput = z.strictObject({ id: idField, ...usageFields }).meta({ title: "UsageEvent" });

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
    .meta({ description: "What the call is going to cost; `allowed` then says whether that may be spent." })
    .optional(),
});

const sourceField = z
  .string()
  .refine((text) => text !== "", "Must not be empty.")
  .refine((text) => characters(text) <= SOURCE_MAX_CHARACTERS, `At most ${SOURCE_MAX_CHARACTERS} characters.`)
  .refine((text) => findInvisible(text) === null, "Holds an invisible character.")
  .meta({
    description: "Where the event comes from, a URI reference. Together with `id` it names the event.",
    minLength: 1,
    maxLength: SOURCE_MAX_CHARACTERS,
    examples: ["/essay-coach"],
  });

/** A CloudEvent 1.0; extension attributes are let pass. */
export const cloudEventInput = z
  .looseObject({
    specversion: z.literal("1.0", 'Must be "1.0".'),
    id: idField,
    source: sourceField,
    type: z
      .string()
      .min(1, "Must not be empty.")
      .meta({ examples: ["ai.usage"] }),
    subject: memberField.optional(),
    time: instantField("When it happened, unless `data` says it.").optional(),
    datacontenttype: z
      .string()
      .refine(isJsonType, "Must be application/json.")
      .meta({ examples: ["application/json"] })
      .optional(),
    data_base64: z.undefined("The data must be JSON, in `data`.").meta({ not: {} }).optional(),
    data: z.strictObject({ ...usageFields, member: memberField.optional() }),
  })
  .meta({ title: "CloudEvent", description: "The member's e-mail is the `subject`, or `data.member`." });

/** Is this media type JSON, with or without parameters that change nothing? */
export function isJsonType(type: string): boolean {
  return /^application\/(?:[\w.-]+\+)?json *(?:; *charset="?utf-8"?)?$/i.test(type.trim());
}

/** What is wrong with a request, field by field; the first is said at the top. */
export type WireFault = {
  ok: false;
  message: string;
  field?: string;
  errors: { field: string; detail: string }[];
};
export type Read<T> = { ok: true; value: T } | WireFault;

const ARTICLES: Record<string, string> = { string: "a string", object: "an object", array: "an array" };

/** Checks what {@link parseJson} read by a schema; the fields at fault are named as the sender wrote them. */
export function readBy<S extends z.ZodType>(schema: S, given: unknown): Read<z.output<S>> {
  // A number is an object of the parser's, which a body must not pass for.
  const parsed = schema.safeParse(isJsonNumber(given) ? Number(given.value) : given, {
    error: (issue) =>
      issue.code === "invalid_type"
        ? issue.input === undefined
          ? "Is missing."
          : `Must be ${ARTICLES[issue.expected] ?? issue.expected}.`
        : undefined,
  });
  if (parsed.success) return { ok: true, value: parsed.data };
  const errors = parsed.error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({
          field: [...issue.path, key.slice(0, 100)].join("."),
          detail: "There is no such field.",
        }))
      : [{ field: issue.path.join("."), detail: issue.message }],
  );
  const [first = { field: "", detail: "Is not valid." }] = errors;
  if (first.field === "") return { ok: false, message: `The body: ${first.detail}`, errors };
  return { ok: false, message: `${first.field}: ${first.detail}`, field: first.field, errors };
}

/** Reads one event of the plain usage API. */
export function readUsage(given: unknown): Read<UsageEvent> {
  const read = readBy(usageInput, given);
  if (!read.ok) return read;
  const { organization = null, occurredAt: at = null, metadata = null, ...rest } = read.value;
  return { ok: true, value: { ...rest, source: "", organization, occurredAt: at, metadata } };
}

/** Reads one CloudEvent. */
export function readCloudEvent(given: unknown): Read<UsageEvent> {
  const read = readBy(cloudEventInput, given);
  if (!read.ok) return read;
  const { id, source, subject, time, data } = read.value;
  const member = subject ?? data.member;
  const fault = (message: string): WireFault => ({
    ok: false,
    message: `subject: ${message}`,
    field: "subject",
    errors: [{ field: "subject", detail: message }],
  });
  if (member === undefined) return fault("Must be the member's e-mail.");
  if (data.member !== undefined && emailKey(data.member) !== emailKey(member)) {
    return fault("Is another member than data.member.");
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

/** Reads the question of what may be spent, from a URL. */
export function readCheck(
  params: URLSearchParams,
): Read<{ member: string; organization: string | null; credits: bigint | null }> {
  const given: Record<string, unknown> = {};
  for (const name of new Set(params.keys())) {
    const all = params.getAll(name);
    // Twice is no text, and refused as such.
    Object.defineProperty(given, name, { value: all.length === 1 ? all[0] : all, enumerable: true });
  }
  const read = readBy(checkInput, given);
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
    credits: decimal("What was charged."),
    organization: z.object({ code: z.string(), balance: decimal("After this event.") }),
    member: memberAnswer,
  })
  .meta({ title: "RecordedUsage" });

export const checkAnswer = z
  .object({
    allowed: z.boolean().meta({ description: "May anything be spent, or as much as `credits` asked about?" }),
    spendable: decimal("The smaller of balance and remaining."),
    organization: z.object({ code: z.string(), balance: decimal("What the organization has.") }),
    member: memberAnswer,
  })
  .meta({ title: "Spendable" });

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

/** The members of the problem that say which fields are at fault. */
export function faultDetails({ field, errors }: WireFault): ProblemDetails {
  return { ...(field !== undefined && { field }), errors };
}
