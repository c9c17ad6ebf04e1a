import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, expect, test } from "vitest";
import { closeDatabase } from "#db/client.ts";
import { dispatchEvents } from "#lib/notifications/dispatch.ts";
import { listDeliveries } from "#lib/webhooks/queries.ts";
import { lanesEnded, startDelivering } from "#lib/webhooks/worker.ts";
import { anOrganization } from "#tests/support/builders.ts";
import { bursarInProcess as bursar } from "#tests/support/command-line.ts";
import { useFreshDatabase } from "#tests/support/database.ts";
import { type Receiver, startReceiver } from "#tests/support/receiver.ts";

useFreshDatabase();

let receiver: Receiver;
let status = 200;
beforeEach(async () => {
  process.env.WEBHOOK_ALLOW_PRIVATE = "on";
  status = 200;
  receiver = await startReceiver((_request, response) => response.writeHead(status).end());
  await anOrganization({ code: "LAW" });
  closeDatabase();
});
afterEach(async () => {
  delete process.env.WEBHOOK_ALLOW_PRIVATE;
  await receiver.stop();
});

const webhook = (...args: string[]) => bursar(["webhook", ...args]);
const json = async (...args: string[]) => JSON.parse((await bursar([...args, "--json"])).out);

test("create prints the secret alone, and list shows the endpoint without it", async () => {
  const created = await webhook(
    "create",
    `${receiver.url}/hook?key=1`,
    "--event",
    "pool.low",
    "--event",
    "member.*",
  );
  expect(created).toMatchObject({ code: 0, err: "" });
  expect(created.out).toMatch(/^whsec_[A-Za-z0-9+/]{43}=\n$/);
  const list = await webhook("list");
  expect(list.out).toBe(`1  active  webhook  127.0.0.1  ${receiver.url}/hook?…  pool.low member.*\n`);
  expect(list.out).not.toContain(created.out.trim());
  expect(await json("webhook", "create", receiver.url, "--name", "All")).toMatchObject({
    id: 2,
    name: "All",
    kind: "webhook",
    url: `${receiver.url}/`,
    events: ["*"],
    state: "active",
    secret: expect.stringMatching(/^whsec_/),
  });
  const { endpoints } = await json("webhook", "list");
  expect(
    endpoints.map(({ name, state, waiting }: Record<string, unknown>) => [name, state, waiting]),
  ).toEqual([
    ["127.0.0.1", "active", 0],
    ["All", "active", 0],
  ]);
});

test("an endpoint of Slack or Teams has no secret", async () => {
  const created = await webhook(
    "create",
    `${receiver.url}/services/T0/B0/x`,
    "--kind",
    "slack",
    "--name",
    "Chat",
  );
  expect(created).toEqual({ code: 0, err: "", out: "Chat gets *.\n" });
  const rotated = await webhook("rotate", "1");
  expect(rotated).toMatchObject({ code: 1, out: "" });
  expect(rotated.err).toBe("Slack and Teams check no signature, so there is no secret to rotate.\n");
});

test("rotate prints the new secret, and what is sent is signed with both", async () => {
  const old = (await webhook("create", receiver.url)).out.trim();
  const next = (await webhook("rotate", "1")).out.trim();
  expect(next).toMatch(/^whsec_/);
  expect((await webhook("test", "1")).out).toMatch(/^127\.0\.0\.1 answered with 200 after \d+ ms\.\n$/);
  const [request] = receiver.received;
  for (const secret of [old, next]) {
    expect(new Webhook(secret).verify(request?.body ?? "", request?.headers ?? {})).toMatchObject({
      type: "webhook.test",
    });
  }
});

test("test ends with 1 if the receiver does not accept it", async () => {
  await webhook("create", receiver.url);
  status = 500;
  expect(await webhook("test", "1")).toEqual({
    code: 1,
    out: "",
    err: "127.0.0.1 did not accept the test. The answer had the status 500.\n",
  });
  expect(await json("webhook", "test", "1")).toMatchObject({ error: { code: "not_delivered", status: 500 } });
});

test("resend queues an event for all of its endpoints again, or for one", async () => {
  await webhook("create", receiver.url, "--name", "One");
  await webhook("create", receiver.url, "--name", "Two");
  await anOrganization({ code: "ART" });
  const deliver = async () => {
    await dispatchEvents();
    startDelivering();
    await lanesEnded();
  };
  await deliver();
  const { eventId } = listDeliveries(1, { before: null, after: null }).items[0] ?? { eventId: "" };
  closeDatabase();
  expect(await webhook("resend", eventId)).toEqual({
    code: 0,
    err: "",
    out: `${eventId} is sent again to One, Two as soon as the portal runs.\n`,
  });
  expect(await json("webhook", "resend", eventId, "--endpoint", "2")).toEqual({
    eventId,
    endpoints: ["Two"],
  });
  await deliver();
  const sent = receiver.received.map(({ headers }) => headers["webhook-id"]);
  expect(sent.filter((id) => id === eventId)).toHaveLength(5);
  closeDatabase();
  expect(await webhook("resend", "evt_none")).toMatchObject({ code: 1 });
});

test("pause, resume and remove", async () => {
  await webhook("create", receiver.url, "--name", "Finance");
  expect((await webhook("pause", "1")).out).toBe("Finance is paused.\n");
  expect((await webhook("pause", "1")).out).toBe("Finance is paused already.\n");
  expect((await webhook("resume", "1")).out).toBe("Finance is active.\n");
  expect((await webhook("remove", "1")).out).toBe("Finance was removed.\n");
  expect((await webhook("list")).out).toBe("There are no endpoints.\n");
});

test.each([
  [["create"], 2],
  [["create", "https://example.edu", "--event", "nothing"], 2],
  [["create", "https://example.edu", "--kind", "pager"], 2],
  [["create", "not-an-address"], 1],
  [["rotate", "x"], 2],
  [["rotate", "9"], 1],
  [["test", "9"], 1],
  [["remove", "9"], 1],
  [["nothing"], 2],
])("webhook %j ends with %i", async (args, code) => {
  const run = await webhook(...args);
  expect(run.code).toBe(code);
  expect(run.err).not.toBe("");
  expect(run.out).toBe("");
});

test("a private address is refused unless it is allowed", async () => {
  process.env.WEBHOOK_ALLOW_PRIVATE = "off";
  expect(await webhook("create", receiver.url)).toEqual({
    code: 1,
    out: "",
    err: "This address is not on the public internet. The operator can allow it with WEBHOOK_ALLOW_PRIVATE=on.\n",
  });
  expect(await json("webhook", "create", "http://10.0.0.1/")).toMatchObject({
    error: { code: "invalid_url" },
  });
});

test("an address that was allowed before gets nothing once it is no longer", async () => {
  await webhook("create", receiver.url);
  process.env.WEBHOOK_ALLOW_PRIVATE = "off";
  expect((await webhook("test", "1")).err).toBe(
    "127.0.0.1 did not accept the test. The address 127.0.0.1 is not on the public internet, so nothing was sent.\n",
  );
  expect(receiver.received).toEqual([]);
});

test("notifications test ends with 1 where nothing is configured, and tells of each receiver", async () => {
  expect(await bursar(["notifications", "test"])).toEqual({
    code: 1,
    out: "",
    err: "Nothing is configured: there is no active webhook endpoint, and no mail server or no owner.\n",
  });
  await webhook("create", receiver.url, "--name", "Finance");
  expect(await bursar(["notifications", "test"])).toEqual({ code: 0, err: "", out: "Finance: sent\n" });
  expect(await json("notifications", "test")).toEqual({ results: [{ to: "Finance", error: null }] });
  expect(await bursar(["notifications", "test", "--mail", "ana@example.edu"])).toMatchObject({
    code: 1,
    err: "No mail server is configured: set SMTP_URL and MAIL_FROM.\n",
  });
});
