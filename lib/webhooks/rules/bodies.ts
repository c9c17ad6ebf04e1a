import { z } from "zod";
import { EVENTS, type EventType } from "#lib/outbox/rules/events.ts";
import { eventWords } from "#lib/outbox/rules/words.ts";
import type { EndpointKind } from "./endpoints.ts";

/** The event of "Send test". It is in no list, and every endpoint can get it. */
export const TEST_EVENT = "webhook.test";

/** An event as the outbox stores it. */
export type SentEvent = { eventId: string; type: string; createdAt: Date; data: string };

/** The body of the event `type`, after Standard Webhooks. */
export const webhookBody = <Data extends z.ZodType>(type: string, data: Data) =>
  z.object({
    id: z.string().describe("The event’s id: the same as in the header webhook-id, and in every try."),
    type: z.literal(type),
    timestamp: z.iso.datetime().describe("When it happened."),
    data,
  });

const isKnown = (type: string): type is EventType => Object.hasOwn(EVENTS, type);

const TEST_WORDS = {
  title: "Bursar can reach you",
  text: "This is a test. Nothing has happened.",
  path: "/settings/notifications",
};

/** An event in words, also one that only an earlier version could send. */
export function wordsOf({ type, data }: Pick<SentEvent, "type" | "data">) {
  if (type === TEST_EVENT) return TEST_WORDS;
  return isKnown(type) ? eventWords(type, JSON.parse(data)) : { title: type, text: "", path: "/" };
}

// Slack takes at most 3,000 characters in a block, and 150 in a header.
const TEXT_MAX_CHARACTERS = 2_500;
const TITLE_MAX_CHARACTERS = 200;

function cut(text: string, max: number): string {
  const letters = [...text];
  return letters.length <= max ? text : `${letters.slice(0, max - 1).join("")}…`;
}

/** https://api.slack.com/reference/surfaces/formatting#escaping */
const slackText = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function slackBody(event: SentEvent, origin: string | null): object {
  const { title, text, path } = wordsOf(event);
  const heading = slackText(cut(title, TITLE_MAX_CHARACTERS));
  const link = origin === null ? "" : `\n<${slackText(origin + path)}|Open in Bursar>`;
  const details = text === "" ? "" : `\n${slackText(cut(text, TEXT_MAX_CHARACTERS))}`;
  return {
    // The notification of the message.
    text: heading,
    // Verbatim: otherwise Slack makes mentions and links of plain text such as @channel.
    blocks: [
      { type: "section", text: { type: "mrkdwn", text: `*${heading}*${details}${link}`, verbatim: true } },
    ],
  };
}

/**
 * An Adaptive Card, as a workflow of Teams (“When a Teams webhook request is received”) posts it. Its texts are in text
 * runs, because a text block is read as Markdown, and a name such as "[Sign in](https://evil.example)" would be a link.
 */
function teamsBody(event: SentEvent, origin: string | null): object {
  const { title, text, path } = wordsOf(event);
  const line = (words: string, look: object = {}) => ({
    type: "RichTextBlock",
    inlines: [{ type: "TextRun", text: words, ...look }],
  });
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          body: [
            line(cut(title, TITLE_MAX_CHARACTERS), { weight: "Bolder", size: "Medium" }),
            ...(text === "" ? [] : cut(text, TEXT_MAX_CHARACTERS).split("\n")).map((words) => line(words)),
          ],
          ...(origin !== null && {
            actions: [{ type: "Action.OpenUrl", title: "Open in Bursar", url: origin + path }],
          }),
        },
      },
    ],
  };
}

/**
 * The body of an event for an endpoint, the same in every try.
 *
 * @param origin the portal's address, such as "https://bursar.example.edu"; null where it is not known, and a message then
 *   has no link
 */
export function bodyFor(kind: EndpointKind, event: SentEvent, origin: string | null): string {
  if (kind === "slack") return JSON.stringify(slackBody(event, origin));
  if (kind === "teams") return JSON.stringify(teamsBody(event, origin));
  const { eventId, type, createdAt, data } = event;
  return JSON.stringify({ id: eventId, type, timestamp: createdAt.toISOString(), data: JSON.parse(data) });
}
