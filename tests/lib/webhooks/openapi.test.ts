import { expect, it } from "vitest";
import { EVENT_TYPES } from "#lib/outbox/rules/events.ts";
import { openApiDocument } from "#lib/usage/openapi.ts";
import { webhooksDocument } from "#lib/webhooks/openapi.ts";

type Operation = {
  post: {
    security: unknown[];
    parameters: { name: string }[];
    requestBody: { content: { "application/json": { schema: Record<string, Record<string, unknown>> } } };
  };
};

it("describes every event with its headers and its body", () => {
  const webhooks = webhooksDocument() as Record<string, Operation>;
  expect(Object.keys(webhooks)).toEqual([...EVENT_TYPES, "webhook.test"]);
  expect(webhooks["webhook.test"]?.post.requestBody.content["application/json"].schema).toMatchObject({
    properties: { type: { const: "webhook.test" }, data: { type: "object", properties: {} } },
  });
  const allocated = webhooks["credits.allocated"];
  expect(allocated?.post.security).toEqual([]);
  expect(allocated?.post.parameters.map(({ name }) => name)).toEqual([
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
  ]);
  const schema = allocated?.post.requestBody.content["application/json"].schema;
  expect(schema).toMatchObject({
    type: "object",
    properties: {
      id: { type: "string" },
      type: { const: "credits.allocated" },
      timestamp: { type: "string", format: "date-time" },
      data: { $ref: "#/components/schemas/ChangeData" },
    },
    required: ["id", "type", "timestamp", "data"],
  });
});

it("refers only to schemas that the document has", () => {
  const document = openApiDocument() as { components: { schemas: Record<string, unknown> } };
  const references = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)];
  const names = new Set(references.map(([, name]) => name ?? ""));
  expect(names).toContain("AlertData");
  for (const name of names) expect(Object.keys(document.components.schemas)).toContain(name);
});
