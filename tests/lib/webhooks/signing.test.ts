import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { newWebhookSecret, signedHeaders } from "#lib/webhooks/signing.ts";

const body = '{"type":"pool.low","data":{"title":"Größe"}}';
const sign = (secrets: string[], at = new Date()) => signedHeaders({ eventId: "evt_1", body, at }, secrets);

describe("what is signed", () => {
  it("has the signature of the specification's example", () => {
    const headers = signedHeaders(
      {
        eventId: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        body: '{"test": 2432232314}',
        at: new Date(1_614_265_330_000),
      },
      ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    );
    expect(headers).toEqual({
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  it("is accepted by the reference library, by the new secret and by the old one during a rotation", () => {
    const [next, previous] = [newWebhookSecret(), newWebhookSecret()];
    const headers = sign([next, previous]);
    expect(new Webhook(next).verify(body, headers)).toEqual(JSON.parse(body));
    expect(new Webhook(previous).verify(body, headers)).toEqual(JSON.parse(body));
  });

  it("is refused with another secret, another body, another id and an old time", () => {
    const secret = newWebhookSecret();
    const headers = sign([secret]);
    const receiver = new Webhook(secret);
    expect(() => new Webhook(newWebhookSecret()).verify(body, headers)).toThrow(WebhookVerificationError);
    expect(() => receiver.verify(`${body} `, headers)).toThrow(WebhookVerificationError);
    expect(() => receiver.verify(body, { ...headers, "webhook-id": "evt_2" })).toThrow(
      WebhookVerificationError,
    );
    const old = sign([secret], new Date(Date.now() - 6 * 60_000));
    expect(() => receiver.verify(body, old)).toThrow(WebhookVerificationError);
  });
});

it("a secret has 256 random bits in base64", () => {
  expect(newWebhookSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(newWebhookSecret()).not.toBe(newWebhookSecret());
});
