import { isJsonType } from "./wire.ts";

/** How a CloudEvent comes over HTTP (CloudEvents HTTP protocol binding 1.0, section 3). */
export type CloudEventMode = "structured" | "binary" | "batched";

/** Which mode a request is in by its media type; null when that is none that can be read: the JSON format is. */
export function modeOf(headers: Headers): CloudEventMode | null {
  const type = headers.get("content-type") ?? "";
  if (!isJsonType(type)) return null;
  const [name = ""] = type.trim().toLowerCase().split(/[ ;]/);
  if (name === "application/cloudevents+json") return "structured";
  if (name === "application/cloudevents-batch+json") return "batched";
  return name.startsWith("application/cloudevents") ? null : "binary";
}

/** A header's value, of which the binding percent-encodes what HTTP does not carry. Undefined when it is broken. */
function attribute(value: string): string | undefined {
  try {
    return decodeURIComponent(/^".*"$/.test(value) ? value.slice(1, -1) : value);
  } catch {
    return undefined;
  }
}

/** A CloudEvent in binary mode as the JSON format would write it. */
export function fromBinary(headers: Headers, data: unknown): Record<string, unknown> {
  const event: Record<string, unknown> = {};
  for (const [name, value] of headers) {
    // An attribute's name is lower-case letters and digits.
    const [, known] = /^ce-([a-z0-9]+)$/.exec(name) ?? [];
    if (known !== undefined && known !== "data") event[known] = attribute(value);
  }
  return { ...event, datacontenttype: headers.get("content-type") ?? undefined, data };
}
