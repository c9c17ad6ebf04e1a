import { randomBytes } from "node:crypto";
import { getSettings } from "#lib/settings/queries.ts";
import { type RenderedMail, renderMail } from "./rules/render.ts";
import { type MailOutcome, mailConfigured, sendMail } from "./smtp.ts";

/** What a one-time link is for. */
export type LinkPurpose = "invitation" | "password";

/** The mail with a one-time link, which is a secret: it is not stored, and so is not tried again. */
function oneTimeLinkMail(purpose: LinkPurpose, link: string, enterpriseName: string): RenderedMail {
  const isInvitation = purpose === "invitation";
  return renderMail({
    subject: isInvitation ? `Your access to Bursar of ${enterpriseName}` : `Set your password for Bursar`,
    heading: isInvitation ? `You are invited to Bursar of ${enterpriseName}` : "Set a new password",
    paragraphs: [
      isInvitation
        ? `${enterpriseName} has made an account for you. Set a password to sign in.`
        : "With this link you set a new password. Your old password no longer works.",
      "The link works once, within 7 days. Give it to nobody.",
    ],
    items: [],
    more: 0,
    button: { label: isInvitation ? "Accept the invitation" : "Set your password", url: link },
    footer: "If you did not expect this mail, ignore it, or ask the person who runs the portal.",
  });
}

/**
 * Mails a one-time link to its account's address, where mail is configured.
 *
 * @param link the whole address
 * @returns null if nothing is configured
 */
export async function mailOneTimeLink(
  to: string,
  purpose: LinkPurpose,
  link: string,
): Promise<MailOutcome | null> {
  if (!mailConfigured()) return null;
  const mail = oneTimeLinkMail(purpose, link, getSettings().enterpriseName);
  return sendMail(to, mail, `link-${randomBytes(16).toString("hex")}@${new URL(link).hostname}`);
}
