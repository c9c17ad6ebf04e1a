import { z } from "zod";
import { alertData, changeData, EVENT_TYPES, EVENTS, type EventType } from "#lib/outbox/rules/events.ts";
import { TEST_EVENT, webhookBody } from "./rules/bodies.ts";

type Json = Record<string, unknown>;

function schemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "output" });
  return rest;
}

/** The data that most events have, described once. */
const SHARED = [
  ["ChangeData", changeData],
  ["AlertData", alertData],
] as const;

/** The schemas that {@link webhooksDocument} refers to. */
export const webhookSchemas = (): Json =>
  Object.fromEntries(SHARED.map(([name, schema]) => [name, schemaOf(schema)]));

function bodySchema(type: EventType | typeof TEST_EVENT): Json {
  if (type === TEST_EVENT) return schemaOf(webhookBody(type, z.object({})));
  const { data } = EVENTS[type];
  const name = SHARED.find(([, schema]) => schema === data)?.[0];
  const body = schemaOf(webhookBody(type, name === undefined ? data : z.unknown()));
  if (name === undefined) return body;
  const properties = body.properties as Json;
  return { ...body, properties: { ...properties, data: { $ref: `#/components/schemas/${name}` } } };
}

const header = (name: string, description: string): Json => ({
  name,
  in: "header",
  required: true,
  description,
  schema: { type: "string" },
});

const HEADERS = [
  header("webhook-id", "The event’s id, the same in every try."),
  header("webhook-timestamp", "When this try was made, in seconds since 1970."),
  header(
    "webhook-signature",
    "“v1,” and the HMAC-SHA256 of id, timestamp and body in base64; several between spaces.",
  ),
];

/** What the portal sends, as `webhooks` of an OpenAPI 3.1 document: an entry for each event and the test. */
export function webhooksDocument(): Json {
  return Object.fromEntries(
    ([...EVENT_TYPES, TEST_EVENT] as const).map((type) => [
      type,
      {
        post: {
          summary: type === TEST_EVENT ? "A test that an owner or the operator has sent" : EVENTS[type].label,
          security: [],
          parameters: HEADERS,
          requestBody: { required: true, content: { "application/json": { schema: bodySchema(type) } } },
          responses: {
            "2XX": {
              description: "Accepted. Any other status, and no answer within 10 seconds, is a failure.",
            },
          },
        },
      },
    ]),
  );
}
