import type { z } from "zod";
import { emailKey } from "#lib/email.ts";
import { isJsonNumber, isJsonObject, parseJson } from "#lib/json.ts";
import type { ProblemDetails } from "#lib/problem.ts";
import type { UsageEvent } from "../event.ts";
import { checkInput, cloudEventInput, usageInput } from "./inputs.ts";

// Reads what the usage API takes, and names the fields at fault as the sender wrote them.

/** The most fields at fault that a problem lists; a body may have a million. */
const ERRORS_LISTED = 10;
/** How many characters of an unknown field's name are repeated. */
const FIELD_SHOWN_CHARACTERS = 100;

/** What is wrong with a request: the first field at fault, and the first {@link ERRORS_LISTED} of all of them. */
export type WireFault = {
  ok: false;
  message: string;
  field?: string;
  errors: { field: string; detail: string }[];
};
export type WireResult<T> = { ok: true; value: T } | WireFault;

const ARTICLES: Record<string, string> = { string: "a string", object: "an object", array: "an array" };

/** The fault of one field; "" is the body itself. */
export function wireFault(field: string, detail: string): WireFault {
  const errors = [{ field, detail }];
  if (field === "") return { ok: false, message: `The body: ${detail}`, errors };
  return { ok: false, message: `${field}: ${detail}`, field, errors };
}

/** The fault of one entry of a list, named as the sender would: "events[3]". The entry's own fields keep their names. */
export function ofEntry<T>(read: WireResult<T>, entry: string): WireResult<T> {
  return read.ok || read.field !== undefined
    ? read
    : wireFault(entry, read.errors[0]?.detail ?? "Is not valid.");
}

/** Checks what {@link parseJson} read by a schema; the fields at fault are named as the sender wrote them. */
export function readBy<S extends z.ZodType>(schema: S, json: unknown): WireResult<z.output<S>> {
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
export function readUsage(json: unknown): WireResult<UsageEvent> {
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
export function readCloudEvent(json: unknown): WireResult<UsageEvent> {
  const prepared = withoutNulls(json);
  const unpacked = withData(prepared);
  if (!unpacked.ok) return unpacked;
  const read = readBy(cloudEventInput, unpacked.value);
  if (!read.ok) return read;
  const { id, source, subject, time, data } = read.value;
  const member = subject ?? data.member;
  if (!member) return wireFault("subject", "Must be the member's email.");
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

function withoutNulls(json: unknown): unknown {
  if (!isJsonObject(json) || !Object.values(json).includes(null)) return json;
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null));
}

/** The event with `data` in the place of `data_base64`. */
function withData(json: unknown): WireResult<unknown> {
  if (!isJsonObject(json) || typeof json.data_base64 !== "string") return { ok: true, value: json };
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
): WireResult<{ member: string; organization: string | null; credits: bigint | null }> {
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

/** The members of a problem that name the fields at fault. */
export function faultDetails({ field, errors }: WireFault): ProblemDetails {
  return { ...(field !== undefined && { field }), errors };
}
