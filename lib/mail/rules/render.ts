import { formatCount } from "#lib/credits.ts";

// Mails as text and as HTML. Mail programs know little CSS, so the layout is one column, and the colours are in the
// elements, with others for programs that show mails dark.

export type MailItem = {
  title: string;
  /** Lines about it; empty for none. */
  text: string;
  /** The whole address of its page; null without APP_URL. */
  url: string | null;
  /** When it happened, as the enterprise writes dates. */
  at: string;
};

export type MailContent = {
  subject: string;
  heading: string;
  paragraphs: readonly string[];
  items: readonly MailItem[];
  /** How many more there are than the items. */
  more: number;
  button: { label: string; url: string } | null;
  /** Why the reader gets the mail. */
  footer: string;
};

export type RenderedMail = { subject: string; text: string; html: string };

/** A header is one line. */
const oneLine = (text: string) => text.replace(/\s+/g, " ").trim().slice(0, 200);

const moreText = (more: number) => `And ${formatCount(more)} more.`;

function asText({ heading, paragraphs, items, more, button, footer }: MailContent): string {
  const blocks = [
    heading,
    ...paragraphs,
    ...items.map(({ title, text, url, at }) =>
      [`* ${title}`, ...(text === "" ? [] : text.split("\n")), at, ...(url === null ? [] : [url])].join(
        "\n  ",
      ),
    ),
    ...(more > 0 ? [moreText(more)] : []),
    ...(button ? [`${button.label}:\n${button.url}`] : []),
    `-- \n${footer}`,
  ];
  return `${blocks.join("\n\n")}\n`;
}

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string) => text.replace(/[&<>"]/g, (letter) => ESCAPES[letter] ?? letter);
const lines = (text: string) => escaped(text).replaceAll("\n", "<br>");

const STYLES = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
body { margin: 0; padding: 0; background: #f4f4f5; color: #18181b; }
.page { background: #f4f4f5; padding: 24px 12px; font-family: -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; font-size: 15px; line-height: 1.5; }
.card { max-width: 560px; margin: 0 auto; background: #ffffff; border: 1px solid #e4e4e7; border-radius: 8px; padding: 28px; }
h1 { margin: 0 0 16px; font-size: 19px; line-height: 1.3; color: #18181b; }
p { margin: 0 0 14px; }
.item { border-top: 1px solid #e4e4e7; padding: 14px 0; }
.title { font-weight: 600; color: #18181b; text-decoration: none; }
a.title { color: #4338ca; }
.muted { color: #52525b; font-size: 13px; }
.button { display: inline-block; background: #4338ca; color: #ffffff; text-decoration: none; font-weight: 600; border-radius: 6px; padding: 10px 18px; }
.address { word-break: break-all; }
.footer { max-width: 560px; margin: 16px auto 0; color: #52525b; font-size: 13px; }
@media (prefers-color-scheme: dark) {
  body, .page { background: #18181b; color: #e4e4e7; }
  .card { background: #27272a; border-color: #3f3f46; }
  h1, .title { color: #fafafa; }
  a.title, .address a { color: #a5b4fc; }
  .item { border-color: #3f3f46; }
  .muted, .footer { color: #a1a1aa; }
  .button { background: #a5b4fc; color: #1e1b4b; }
}`;

function itemAsHtml({ title, text, url, at }: MailItem): string {
  const heading =
    url === null
      ? `<span class="title">${escaped(title)}</span>`
      : `<a class="title" href="${escaped(url)}">${escaped(title)}</a>`;
  const details = text === "" ? "" : `<div>${lines(text)}</div>`;
  return `<div class="item"><div>${heading}</div>${details}<div class="muted">${escaped(at)}</div></div>`;
}

function asHtml({ subject, heading, paragraphs, items, more, button, footer }: MailContent): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escaped(oneLine(subject))}</title>
<style>${STYLES}
</style>
</head>
<body>
<div class="page">
<div class="card">
<h1>${escaped(heading)}</h1>
${paragraphs.map((text) => `<p>${lines(text)}</p>`).join("\n")}
${items.map(itemAsHtml).join("\n")}
${more > 0 ? `<p class="muted">${moreText(more)}</p>` : ""}
${
  button
    ? `<p><a class="button" href="${escaped(button.url)}">${escaped(button.label)}</a></p>
<p class="muted address">If the button does not work, open <a href="${escaped(button.url)}">${escaped(button.url)}</a></p>`
    : ""
}
</div>
<p class="footer">${lines(footer)}</p>
</div>
</body>
</html>
`;
}

/** A mail in both forms. Everything in it is text: nothing is read as HTML, and no header can be added. */
export function renderMail(content: MailContent): RenderedMail {
  return { subject: oneLine(content.subject), text: asText(content), html: asHtml(content) };
}
