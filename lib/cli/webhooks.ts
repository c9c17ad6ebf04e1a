import { Option } from "commander";
import { emailAddress } from "#lib/email.ts";
import { rowId } from "#lib/fields.ts";
import { mailReaders } from "#lib/mail/recipients.ts";
import { mailConfigured } from "#lib/mail/smtp.ts";
import { sendTestMail } from "#lib/mail/test-mail.ts";
import { ALL_EVENTS } from "#lib/outbox/rules/events.ts";
import { sendEventAgain, sendTest } from "#lib/webhooks/commands/again.ts";
import {
  createEndpoint,
  pauseOrResume,
  removeEndpoint,
  rotateSecret,
} from "#lib/webhooks/commands/endpoints.ts";
import { type Endpoint, getEndpoint, listEndpoints } from "#lib/webhooks/queries.ts";
import {
  ENDPOINT_KINDS,
  type EndpointKind,
  endpointName,
  eventPattern,
  patternsText,
} from "#lib/webhooks/rules/endpoints.ts";
import { accepted, type Cli, CliRefusal, operator, typed } from "./support.ts";

const ENDPOINT_ID = [
  "<ID>",
  "the id that `webhook list` shows",
  typed(rowId("must be the id of an endpoint.")),
] as const;

const asJson = ({ createdAt, failingSince, lastSuccessAt, ...endpoint }: Endpoint) => ({
  ...endpoint,
  createdAt: createdAt.toISOString(),
  failingSince: failingSince?.toISOString() ?? null,
  lastSuccessAt: lastSuccessAt?.toISOString() ?? null,
});

function lineOf(endpoint: Endpoint): string {
  const { id, name, kind, url, events, state, waiting } = endpoint;
  return [
    id,
    state,
    kind,
    name,
    url,
    patternsText(events),
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
  ].join("  ");
}

/** An email or the name of an endpoint, and what came of its test; `error` is null for a success. */
type TestResult = { to: string; error: string | null };

async function testEndpoint({ id, name }: Endpoint): Promise<TestResult> {
  const { outcome } = accepted(await sendTest({ id }, operator));
  return { to: name, error: outcome.error };
}

export function registerWebhooks(cli: Cli): void {
  type CreateOptions = { event: string[]; kind: EndpointKind; name: string };
  cli
    .command("webhook create", "Send events to an address; prints the secret alone, which is shown once")
    .argument("<URL>", "the address, such as https://example.edu/hooks/bursar")
    .option(
      "--event <NAME>",
      "an event such as pool.low, member.* or alerts; can be repeated; without it, all events",
      (value: string, values: string[]) => [...values, typed(eventPattern)(value)],
      [],
    )
    .addOption(
      new Option("--kind <KIND>", "what the address belongs to")
        .choices(Object.keys(ENDPOINT_KINDS))
        .default("webhook"),
    )
    .option(
      "--name <NAME>",
      "what people call it; without it, the host of the address",
      typed(endpointName),
      "",
    )
    .action(async (url: string, { event, kind, name }: CreateOptions) => {
      const events = event.length === 0 ? [ALL_EVENTS] : [...new Set(event)];
      const { id, secret } = accepted(await createEndpoint({ kind, name, url, events }, operator));
      const endpoint = getEndpoint(id);
      await cli.print({
        json: { ...(endpoint && asJson(endpoint)), secret },
        text: secret ?? `${endpoint?.name} gets ${patternsText(events)}.`,
      });
    });

  cli.command("webhook list", "List the endpoints, without their secrets").action(async () => {
    const endpoints = listEndpoints();
    await cli.print({
      json: { endpoints: endpoints.map(asJson) },
      text: endpoints.length === 0 ? "There are no endpoints." : endpoints.map(lineOf).join("\n"),
    });
  });

  cli
    .command(
      "webhook rotate",
      "Make a new secret and print it alone; for 24 hours what is sent is signed with the old one too",
    )
    .argument(...ENDPOINT_ID)
    .action(async (id: number) => {
      const { name, secret, previousUntil } = accepted(await rotateSecret({ id }, operator));
      await cli.print({
        json: { id, name, secret, previousSecretUntil: previousUntil.toISOString() },
        text: secret,
      });
    });

  cli
    .command("webhook test", "Send a test event to an endpoint now")
    .argument(...ENDPOINT_ID)
    .action(async (id: number) => {
      const { endpoint, outcome } = accepted(await sendTest({ id }, operator));
      const { status, durationMs, error } = outcome;
      if (error !== null) {
        throw new CliRefusal(`${endpoint} did not accept the test. ${error}`, "not_delivered", {
          status,
          durationMs,
        });
      }
      await cli.print({
        json: { id, status, durationMs },
        text: `${endpoint} answered with ${status} after ${durationMs} ms.`,
      });
    });

  cli
    .command("webhook resend", "Send an event again, with the same id, to the endpoints that it was sent to")
    .argument("<EVENT>", "the event's id, such as evt_…")
    .option("--endpoint <ID>", "to this endpoint alone", typed(rowId("must be the id of an endpoint.")))
    .action(async (eventId: string, { endpoint = null }: { endpoint?: number | null }) => {
      const { endpoints } = accepted(await sendEventAgain({ eventId, endpoint }, operator));
      await cli.print({
        json: { eventId, endpoints },
        text: `${eventId} is sent again to ${endpoints.join(", ")} as soon as the portal runs.`,
      });
    });

  for (const [verb, to, words] of [
    ["pause", "paused", "Send nothing to an endpoint, and store no new events for it"],
    ["resume", "active", "Send to an endpoint again that is paused or suspended, and what waits for it"],
  ] as const) {
    cli
      .command(`webhook ${verb}`, words)
      .argument(...ENDPOINT_ID)
      .action(async (id: number) => {
        const { name, changed } = accepted(await pauseOrResume({ id, to }, operator));
        const already = changed ? "" : " already";
        await cli.print({ json: { id, name, changed }, text: `${name} is ${to}${already}.` });
      });
  }

  cli
    .command("webhook remove", "Remove an endpoint with its log; nothing more is sent to it")
    .argument(...ENDPOINT_ID)
    .action(async (id: number) => {
      const { name } = accepted(await removeEndpoint({ id }, operator));
      await cli.print({ json: { id, name }, text: `${name} was removed.` });
    });

  cli
    .command(
      "notifications test",
      "Send a test to every active endpoint and, where mail is configured, to the owners",
    )
    .option("--mail <EMAIL>", "send the test mail to this address instead", typed(emailAddress))
    .action(async ({ mail }: { mail?: string }) => {
      const endpoints = listEndpoints().filter(({ state }) => state === "active");
      const owners = mailReaders().filter(({ role }) => role === "owner");
      const readers = !mailConfigured() ? [] : mail === undefined ? owners.map(({ email }) => email) : [mail];
      if (mail !== undefined && !mailConfigured()) {
        throw new CliRefusal(
          "No mail server is configured: set SMTP_URL and MAIL_FROM.",
          "mail_not_configured",
        );
      }
      if (endpoints.length + readers.length === 0) {
        throw new CliRefusal(
          "Nothing is configured: there is no active webhook endpoint, and no mail server or no owner.",
          "not_configured",
        );
      }
      const results = await Promise.all([...endpoints.map(testEndpoint), ...readers.map(sendTestMail)]);
      const failed = results.filter(({ error }) => error !== null);
      const lines = results.map(({ to, error }) => `${to}: ${error ?? "sent"}`);
      if (failed.length > 0) throw new CliRefusal(lines.join("\n"), "not_delivered", { results });
      await cli.print({ json: { results }, text: lines.join("\n") });
    });
}
