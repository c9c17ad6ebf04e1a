import type { UsageEvent } from "./event.ts";
import { isJsonType } from "./wire/inputs.ts";
import { readCloudEvent, type WireResult, wireFault } from "./wire/read.ts";

/**
 * How a CloudEvent comes over HTTP (CloudEvents HTTP protocol binding 1.0, section 3). "json" is a body that decides
 * by itself: several SDKs send a structured event, or a batch, as `application/json`.
 */
export type CloudEventMode = "structured" | "binary" | "batched" | "json";

/** Which mode a request is in; null when its body is of another type than JSON. */
export function modeOf(headers: Headers): CloudEventMode | null {
  const type = headers.get("content-type") ?? "";
  const isBinary = headers.has("ce-specversion") || headers.has("ce-id");
  // A binary event without a datacontenttype has no Content-Type: its data is JSON, as in the JSON format.
  if (type === "") return isBinary ? "binary" : null;
  if (!isJsonType(type)) return null;
  const [name = ""] = type.trim().toLowerCase().split(/[ ;]/);
  if (name === "application/cloudevents+json") return "structured";
  if (name === "application/cloudevents-batch+json") return "batched";
  if (name.startsWith("application/cloudevents")) return null;
  return isBinary ? "binary" : "json";
}

const NOT_ENCODED =
  "Must be percent-encoded in a header (CloudEvents HTTP binding, section 3.1.3.2): write % as %25, and characters beyond ASCII as the bytes of their UTF-8.";

/** The text of a header in which UTF-8 was written as it is, as Go's and Java's SDKs do. Node reads bytes as Latin-1. */
function readUtf8(value: string): string | undefined {
  if (/^[\x20-\x7e]*$/.test(value)) return value;
  if (!/^[\x20-\x7e\x80-\xff]*$/.test(value)) return undefined;
  const bytes = Uint8Array.from(value, (letter) => letter.charCodeAt(0));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** A header's value, decoded. Undefined when it is neither percent-encoded nor UTF-8. */
function attributeOf(value: string): string | undefined {
  const text = value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  try {
    const utf8 = readUtf8(text);
    return utf8 === undefined ? undefined : decodeURIComponent(utf8);
  } catch {
    return undefined;
  }
}

/** The attributes that the portal reads. The values of others are not checked. */
export const READ_ATTRIBUTES = ["specversion", "id", "source", "type", "subject", "time"];

/** Reads a CloudEvent in binary mode: its attributes are headers, and the body is its data. */
export function readBinary(headers: Headers, data: unknown): WireResult<UsageEvent> {
  const event: Record<string, unknown> = {};
  for (const [header, value] of headers) {
    const name = header.startsWith("ce-") ? header.slice(3) : "";
    if (!READ_ATTRIBUTES.includes(name)) continue;
    const attribute = attributeOf(value);
    if (attribute === undefined) return wireFault(name, NOT_ENCODED);
    event[name] = attribute;
  }
  return readCloudEvent({ ...event, datacontenttype: headers.get("content-type") || undefined, data });
}
