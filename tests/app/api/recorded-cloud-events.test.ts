import { readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, it, test } from "vitest";
import { POST } from "#app/api/v1/events/route.ts";
import { database } from "#db/client.ts";
import { ledgerEntries } from "#db/schema/index.ts";
import { loadConfig } from "#lib/config.ts";
import { addMember } from "#lib/members/commands/members.ts";
import { addMemberInput } from "#lib/members/rules.ts";
import { operator, value } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { makeSmallEnterprise } from "#tests/support/enterprise.ts";
import { newKey } from "#tests/support/usage-api.ts";

// Requests as the SDKs of Go, Java and Python wrote them to a socket, see tests/data/README.md. Each is posted with its
// own headers and bytes; only the API key is added.

useFreshDatabase();
let key: string;
beforeEach(async () => {
  process.env.USAGE_MAX_AGE_DAYS = "0";
  loadConfig();
  const { organizations } = await makeSmallEnterprise();
  key = await newKey(organizations[0] ?? 0);
});
afterEach(() => {
  delete process.env.USAGE_MAX_AGE_DAYS;
  loadConfig();
});

/** The connection's own headers, which the server takes away or `fetch` does not let anybody set. */
const OF_THE_CONNECTION = ["host", "connection", "content-length", "accept-encoding"];

async function post(name: string): Promise<{ status: number; json: Record<string, unknown> }> {
  const bytes = readFileSync(path.join("tests/data/cloudevents", `${name}.http`));
  const end = bytes.indexOf("\r\n\r\n");
  // Node reads the bytes of a header as Latin-1, too.
  const [, ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const headers = new Headers({ Authorization: `Bearer ${key}`, "X-Forwarded-For": "10.0.0.7" });
  for (const line of lines) {
    const colon = line.indexOf(":");
    const header = line.slice(0, colon).toLowerCase();
    if (!OF_THE_CONNECTION.includes(header)) headers.append(header, line.slice(colon + 1).trim());
  }
  const body = new Uint8Array(bytes.subarray(end + 4));
  const response = await POST(
    new Request("http://localhost/api/v1/events", { method: "POST", headers, body }),
  );
  return { status: response.status, json: await response.json() };
}

const entries = () =>
  database()
    .select()
    .from(ledgerEntries)
    .all()
    .filter(({ kind }) => kind === "spend")
    .map(({ externalId, source, amount, occurredAt, metadata }) => ({
      ...{ externalId, source, amount, occurredAt: occurredAt.toISOString(), metadata },
    }));

const entry = (externalId: string, sdk: string) => ({
  ...{ externalId, source: `https://gateway.example.edu/${sdk}`, amount: 47_000n },
  ...{ occurredAt: "2026-11-20T10:00:00.500Z", metadata: '{"model":"gpt-4o"}' },
});

test.each([
  ["go-binary", "go"],
  ["go-structured", "go"],
  ["go-structured-base64", "go"],
  ["java-binary", "java"],
  ["java-structured", "java"],
  ["java-structured-base64", "java"],
  ["python-binary", "python"],
  ["python-structured", "python"],
  ["python-structured-base64", "python"],
  ["python1-binary", "python1"],
  ["python1-structured", "python1"],
])("records %s, once", async (name, sdk) => {
  expect(await post(name)).toMatchObject({
    status: 201,
    json: { id: name, status: "recorded", credits: "0.047", member: { email: "ana@example.edu" } },
  });
  expect(await post(name)).toMatchObject({ status: 200, json: { status: "duplicate" } });
  expect(entries()).toEqual([entry(name, sdk)]);
});

// The HTTP binding wants percent-encoding; these SDKs write UTF-8.
test.each([
  ["go-binary-umlaut", "go"],
  ["java-binary-umlaut", "java"],
])("records %s, whose subject is not percent-encoded", async (name, sdk) => {
  value(
    await addMember(
      addMemberInput.parse({
        ...{ organization: "LAW", name: "Jürgen", email: "jürgen@example.edu" },
        ...{ role: "creator", allowance: "organization" },
      }),
      operator,
    ),
  );
  expect(await post(name)).toMatchObject({ status: 201, json: { member: { email: "jürgen@example.edu" } } });
  expect(entries()).toEqual([entry(name, sdk)]);
});

it("records a batch of Go's", async () => {
  expect(await post("go-batched")).toMatchObject({
    status: 200,
    json: { summary: { recorded: 2, duplicate: 0, refused: 0 } },
  });
  expect(entries()).toEqual([entry("go-batched-1", "go"), entry("go-batched-2", "go")]);
});

// Without a datacontenttype, this SDK writes a dictionary as Python shows it, which is no JSON.
it("refuses the text of a Python dictionary, and names what is wrong", async () => {
  expect(await post("python-binary-no-type")).toEqual({
    status: 400,
    json: {
      type: "urn:bursar:problem:invalid_request",
      title: "The request is not valid",
      status: 400,
      code: "invalid_request",
      detail: "The body is not JSON: Quoted object key expected but got ''' at position 1.",
    },
  });
  expect(entries()).toEqual([]);
});
