import { createTransport } from "nodemailer";
import { config } from "#lib/config.ts";
import type { RenderedMail } from "./rules/render.ts";

/** How long each step of a conversation with the mail server may take. */
const TIMEOUT_MS = 10_000;

/** What came of a mail. A permanent failure is one that a later try cannot repair, such as an unknown mailbox. */
export type MailOutcome = { ok: true } | { ok: false; message: string; isPermanent: boolean };

/** Whether mails are configured. */
export const mailConfigured = (): boolean => config().mail !== null;

const WORDS_OF_CODES: Record<string, string> = {
  EAUTH: "The mail server refused the user name or the password of SMTP_URL.",
  ECONNECTION: "The mail server cannot be reached.",
  ESOCKET: "The mail server cannot be reached.",
  ETIMEDOUT: "The mail server did not answer in time.",
  EDNS: "The name of the mail server was not found.",
  ETLS: "No encrypted connection to the mail server could be made.",
};

type SmtpError = Error & { code?: string; responseCode?: number; response?: string };

/** In words, without what nodemailer adds, which may have the address of the server. */
function wordsOf({ code = "", responseCode, response }: SmtpError): string {
  const words = Object.hasOwn(WORDS_OF_CODES, code) ? WORDS_OF_CODES[code] : undefined;
  if (words !== undefined && responseCode === undefined) return words;
  const answer = response
    ?.slice(0, 1_000)
    .replace(/[\s\p{Cc}]+/gu, " ")
    .slice(0, 200);
  return words ?? `The mail server refused the mail${answer ? `: ${answer}` : ` (${code || "no reason"})`}.`;
}

/**
 * Sends a mail by `SMTP_URL`. Never throws.
 *
 * @param messageId the header Message-ID, without brackets: the same in every try of one mail
 */
export async function sendMail(
  to: string,
  mail: RenderedMail,
  messageId: string,
  settings = config().mail,
): Promise<MailOutcome> {
  if (!settings) return { ok: false, message: "No mail server is configured.", isPermanent: true };
  const transport = createTransport({
    url: settings.url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    // A mail has no attachments, and nothing in it may name a file or an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({
      from: settings.from,
      to: { name: "", address: to },
      subject: mail.subject,
      text: mail.text,
      html: mail.html,
      messageId: `<${messageId}>`,
      // Answers of machines, such as “I am on holiday”, are not wanted (RFC 3834).
      headers: { "Auto-Submitted": "auto-generated" },
    });
    return { ok: true };
  } catch (error) {
    const failure = error as SmtpError;
    const isPermanent = failure.code === "EENVELOPE" && (failure.responseCode ?? 0) >= 500;
    return { ok: false, message: wordsOf(failure), isPermanent };
  } finally {
    transport.close();
  }
}
