import { randomBytes } from "node:crypto";
import { getSettings } from "#lib/settings/queries.ts";
import { renderMail } from "./rules/render.ts";
import { sendMail } from "./smtp.ts";

/** Sends a test to an address. @returns the address, and what went wrong in words or null */
export async function sendTestMail(to: string): Promise<{ to: string; error: string | null }> {
  const { enterpriseName } = getSettings();
  const mail = renderMail({
    subject: `Test mail of ${enterpriseName}`,
    heading: "Bursar can send you mail",
    paragraphs: ["This is a test. Nothing has happened."],
    items: [],
    more: 0,
    button: null,
    footer: `Bursar of ${enterpriseName} sends you this, because an owner or the operator has asked for a test.`,
  });
  const outcome = await sendMail(to, mail, `test-${randomBytes(16).toString("hex")}@bursar`);
  return { to, error: outcome.ok ? null : outcome.message };
}
