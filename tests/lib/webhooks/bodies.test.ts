import { describe, expect, it } from "vitest";
import { bodyFor } from "#lib/webhooks/rules/bodies.ts";

// Names come from people. In a message they are text, whatever they look like.

const ORIGIN = "https://portal.example.edu";
const event = (title: string, text = "") => ({
  eventId: "evt_1",
  type: "pool.low",
  createdAt: new Date("2026-11-26T09:00:00Z"),
  data: JSON.stringify({ title, text, path: "/alerts", organization: null, figures: {} }),
});
const body = (kind: "slack" | "teams", title: string, text?: string) =>
  JSON.parse(bodyFor(kind, event(title, text), ORIGIN));

describe("a message to Slack", () => {
  it("mentions nobody and has no link but its own", () => {
    expect(body("slack", "<!channel> & <https://evil.example|Sign in>", "@here #general")).toEqual({
      text: "&lt;!channel&gt; &amp; &lt;https://evil.example|Sign in&gt;",
      blocks: [
        {
          type: "section",
          text: {
            type: "mrkdwn",
            text:
              "*&lt;!channel&gt; &amp; &lt;https://evil.example|Sign in&gt;*\n@here #general\n" +
              "<https://portal.example.edu/alerts|Open in Bursar>",
            verbatim: true,
          },
        },
      ],
    });
  });
});

describe("a message to Teams", () => {
  it("has names as text runs, which are not read as Markdown", () => {
    const card = body("teams", "[Sign in](https://evil.example) **now**", "1. One\n# Two").attachments[0]
      .content;
    expect(card.body).toEqual([
      {
        type: "RichTextBlock",
        inlines: [
          {
            type: "TextRun",
            text: "[Sign in](https://evil.example) **now**",
            weight: "Bolder",
            size: "Medium",
          },
        ],
      },
      { type: "RichTextBlock", inlines: [{ type: "TextRun", text: "1. One" }] },
      { type: "RichTextBlock", inlines: [{ type: "TextRun", text: "# Two" }] },
    ]);
    expect(card.actions).toEqual([
      { type: "Action.OpenUrl", title: "Open in Bursar", url: "https://portal.example.edu/alerts" },
    ]);
  });
});
