import { z } from "zod";
import { PROBLEMS, type ProblemCode } from "#lib/problem.ts";
import { webhookSchemas, webhooksDocument } from "#lib/webhooks/openapi.ts";
import { READ_ATTRIBUTES } from "./rules/cloud-events.ts";
import { reversalInput } from "./rules/reversal.ts";
import {
  batchAnswer,
  checkAnswer,
  problemAnswer,
  reversalAnswer,
  usageAnswer,
} from "./rules/wire/answers.ts";
import {
  batchInput,
  checkInput,
  cloudEventInput,
  cloudEventsInput,
  usageInput,
} from "./rules/wire/inputs.ts";

type Json = Record<string, unknown>;

/** A schema as OpenAPI 3.1 takes it: JSON Schema 2020-12, which is its default. */
function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

/** A CloudEvent has its data as JSON or in Base64. */
function cloudEventSchema(): Json {
  const { required, ...schema } = schemaOf(cloudEventInput, "input") as Json & { required: string[] };
  return {
    ...schema,
    required: required.filter((name) => name !== "data"),
    anyOf: [{ required: ["data"] }, { required: ["data_base64"] }],
  };
}

/** The attributes of a CloudEvent in binary mode, which are headers. */
const CLOUD_EVENT_HEADERS: Json[] = READ_ATTRIBUTES.map((name) => ({
  name: `ce-${name}`,
  in: "header",
  required: false,
  description: "An attribute of an event in binary mode, percent-encoded.",
  schema: { type: "string" },
}));

const LIMIT_HEADERS = {
  RateLimit: {
    description: 'What is left of the key\'s limit: "requests";r=99;t=42',
    schema: { type: "string" },
  },
  "RateLimit-Policy": { description: 'The limit: "requests";q=100;w=60', schema: { type: "string" } },
};

const answer = (description: string, schema: Json): Json => ({
  description,
  headers: LIMIT_HEADERS,
  content: { "application/json": { schema } },
});

/** The problems that a request may be answered with, a status each. */
function problems(...codes: ProblemCode[]): Json {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const [status] = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [
      String(status),
      {
        description: names.map((code) => `\`${code}\`: ${PROBLEMS[code][1]}`).join("; "),
        ...(names.includes("rate_limited") && {
          headers: { "Retry-After": { description: "Seconds to wait.", schema: { type: "integer" } } },
        }),
        content: { "application/problem+json": { schema: ref("Problem") } },
      },
    ]),
  );
}

const ALWAYS = [
  ...(["invalid_request", "unauthorized", "rate_limited", "internal_error"] as const),
  ...(["busy", "storage_unavailable"] as const),
];
const BODY = ["content_too_large", "unsupported_media_type", "storage_full"] as const;
const MEMBER = [
  ...(["forbidden_organization", "organization_inactive", "member_inactive"] as const),
  ...(["organization_not_found", "member_not_found"] as const),
];
const SPENDING = [
  ...MEMBER,
  ...(["insufficient_credits", "allowance_exceeded", "idempotency_conflict"] as const),
  "too_many_applications",
] as const;

const RECORDED = {
  "201": answer("Recorded.", ref("RecordedUsage")),
  "200": answer("Recorded before: the same answer, and nothing was charged.", ref("RecordedUsage")),
};

/** The usage API and the webhooks as an OpenAPI 3.1 document, made from the schemas that the code works with. */
export function openApiDocument(): Json {
  const check = schemaOf(checkInput, "input") as { properties: Record<string, Json>; required: string[] };
  return {
    openapi: "3.1.0",
    info: {
      title: "Bursar usage API",
      version: "1.0.0",
      description:
        "Applications report what members spend, and ask what they may still spend. Webhooks tell of what happens. Credits are exact decimals with up to 6 places.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "This portal" }],
    security: [{ apiKey: [] }],
    paths: {
      "/api/v1/usage": {
        post: {
          operationId: "recordUsage",
          summary: "Record one event",
          requestBody: { required: true, content: { "application/json": { schema: ref("UsageEvent") } } },
          responses: { ...RECORDED, ...problems(...ALWAYS, ...BODY, ...SPENDING) },
        },
      },
      "/api/v1/usage/batch": {
        post: {
          operationId: "recordUsageBatch",
          summary: "Record up to 1,000 events",
          description: "Each event has its own result; a refused event does not affect the others.",
          requestBody: {
            required: true,
            content: { "application/json": { schema: schemaOf(batchInput, "input") } },
          },
          responses: {
            "200": answer("One result for each event.", ref("BatchResults")),
            ...problems(...ALWAYS, ...BODY),
          },
        },
      },
      "/api/v1/usage/{id}/reverse": {
        post: {
          operationId: "reverseUsage",
          summary: "Take back one event",
          description:
            "Gives back the credits and the allowance of an event that a key of the same organization, or of the enterprise, reported in the last 30 days. Sent again, it is answered as the first time.",
          parameters: [
            {
              name: "id",
              in: "path",
              required: true,
              description: "The event's id, percent-encoded.",
              schema: { type: "string" },
            },
          ],
          requestBody: {
            required: false,
            content: { "application/json": { schema: schemaOf(reversalInput, "input") } },
          },
          responses: {
            "201": answer("Reversed.", ref("ReversedUsage")),
            "200": answer("Already reversed: no credits moved this time.", ref("ReversedUsage")),
            ...problems(...ALWAYS, ...BODY, "event_not_found", "already_reversed", "reversal_expired"),
          },
        },
      },
      "/api/v1/usage/check": {
        get: {
          operationId: "checkUsage",
          summary: "What a member may still spend",
          description:
            "For a gateway to ask before a call. It reserves nothing: others may spend before the event arrives.",
          parameters: Object.entries(check.properties).map(([name, { description, ...schema }]) => ({
            name,
            in: "query",
            required: check.required.includes(name),
            ...(description !== undefined && { description }),
            schema,
          })),
          responses: {
            "200": answer("What may be spent.", ref("Spendable")),
            ...problems(...ALWAYS, ...MEMBER),
          },
        },
      },
      "/api/v1/events": {
        post: {
          operationId: "recordCloudEvents",
          summary: "Record CloudEvents 1.0, structured, binary or batched",
          description:
            "`source` and `id` together name the event. In binary mode the attributes are `ce-` headers and the body is `data`. A batch is answered like `/api/v1/usage/batch`.",
          parameters: CLOUD_EVENT_HEADERS,
          requestBody: {
            required: true,
            content: {
              "application/cloudevents+json": { schema: ref("CloudEvent") },
              "application/cloudevents-batch+json": { schema: schemaOf(cloudEventsInput, "input") },
              // In binary mode the data; several SDKs also send a structured event, or a batch, with this type.
              "application/json": {
                schema: {
                  anyOf: [ref("CloudEventData"), ref("CloudEvent"), schemaOf(cloudEventsInput, "input")],
                },
              },
            },
          },
          responses: {
            "201": RECORDED["201"],
            "200": answer("Recorded before; or the results of a batch.", {
              anyOf: [ref("RecordedUsage"), ref("BatchResults")],
            }),
            ...problems(...ALWAYS, ...BODY, ...SPENDING),
          },
        },
      },
    },
    webhooks: webhooksDocument(),
    components: {
      securitySchemes: {
        apiKey: { type: "http", scheme: "bearer", description: "An API key of the portal: bur_…" },
      },
      schemas: {
        UsageEvent: schemaOf(usageInput, "input"),
        CloudEvent: cloudEventSchema(),
        CloudEventData: schemaOf(cloudEventInput.shape.data, "input"),
        RecordedUsage: schemaOf(usageAnswer, "output"),
        BatchResults: schemaOf(batchAnswer, "output"),
        ReversedUsage: schemaOf(reversalAnswer, "output"),
        Spendable: schemaOf(checkAnswer, "output"),
        Problem: schemaOf(problemAnswer, "output"),
        ...webhookSchemas(),
      },
    },
  };
}
