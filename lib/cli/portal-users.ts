import { Option } from "commander";
import { ROLES, type Role } from "#lib/actor.ts";
import { config } from "#lib/config.ts";
import { emailAddress } from "#lib/email.ts";
import { GRANT_SCOPES_MAX, type GrantScope, grantText, readGrantScope } from "#lib/grants/rules.ts";
import { type LinkPurpose, mailOneTimeLink } from "#lib/mail/one-time-link.ts";
import { createPortalUser } from "#lib/portal-users/commands/accounts.ts";
import { resetPortalUser } from "#lib/portal-users/commands/passwords.ts";
import { passwordFault } from "#lib/portal-users/passwords.ts";
import { newPassword } from "#lib/portal-users/rules.ts";
import { resetSecondFactor } from "#lib/second-factor/commands/manage.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { accepted, type Cli, operator, readSecret, typed, WrongUsage } from "./support.ts";

const PASSWORD = ["--password <PASSWORD>", "at least 8 characters; - reads it from standard input"] as const;

/**
 * The portal's address, read before anything is written. If reading failed afterwards, a created link would be lost.
 */
function portalAddress(): URL {
  const { appUrl, port } = config();
  return appUrl ?? new URL(`http://localhost:${port}`);
}

/**
 * Mails a one-time link to its person where mail is configured. Without `APP_URL` the link leads to this machine, where
 * nobody else can open it.
 *
 * @returns the parts of what the command prints
 */
async function mailLink(
  email: string,
  purpose: LinkPurpose,
  link: string | null,
): Promise<{ json: { mailed?: boolean; mailError?: string }; text: string }> {
  const { appUrl, mail } = config();
  if (link === null || mail === null) return { json: {}, text: "" };
  const outcome = appUrl
    ? await mailOneTimeLink(email, purpose, link)
    : { ok: false as const, message: "The link has no address that others can open: set APP_URL." };
  return outcome === null || outcome.ok
    ? { json: { mailed: true }, text: `\nThe link was also sent to ${email}.` }
    : { json: { mailed: false, mailError: outcome.message }, text: `\nNo mail was sent. ${outcome.message}` };
}

/**
 * The password as a part of a command's input. Judged here and not by the option's parser, whose refusal would repeat
 * the password.
 */
async function passwordOf(email: string, option: string | undefined): Promise<{ password?: string }> {
  if (option === undefined) return {};
  const parsed = newPassword.safeParse(option === "-" ? await readSecret("New password: ") : option);
  if (!parsed.success) {
    throw new WrongUsage(`the password is refused. ${parsed.error.issues[0]?.message ?? ""}`);
  }
  const { enterpriseName } = getSettings();
  const fault = await passwordFault(parsed.data, { email, enterpriseName });
  if (fault) throw new WrongUsage(`the password is refused. ${fault.message}`);
  return { password: parsed.data };
}

/** What `--organization` and `--tag` name. */
function scopeOption(option: "--organization" | "--tag", text: string): GrantScope {
  const scope = readGrantScope(text);
  if (!scope.ok) throw new WrongUsage(`${option}: ${scope.message}`);
  if ((scope.value.tag !== null) !== (option === "--tag")) {
    throw new WrongUsage(`${option}: “${text}” is ${option === "--tag" ? "no tag" : "a tag, so use --tag"}.`);
  }
  return scope.value;
}

export function registerPortalUsers(cli: Cli): void {
  type Options = { role: Role; password?: string; organization: string[]; tag: string[] };
  const list = (value: string, values: string[]) => [...values, value];
  cli
    .command(
      "user create",
      "Create a portal user; without --password, print a one-time link, and mail it where mail is configured",
    )
    .argument("<EMAIL>", "the email to sign in with", typed(emailAddress))
    .addOption(new Option("--role <ROLE>", "the role").choices(ROLES).default("admin"))
    .option("--organization <CODE>", "give the role on this organization alone; can be repeated", list, [])
    .option(
      "--tag <KEY:VALUE>",
      "give the role on the organizations with this tag alone; can be repeated",
      list,
      [],
    )
    .option(...PASSWORD)
    .action(async (email: string, { role, password, organization, tag }: Options) => {
      const portal = portalAddress();
      const scopes = [
        ...organization.map((code) => scopeOption("--organization", code)),
        ...tag.map((text) => scopeOption("--tag", text)),
      ];
      if (scopes.length > GRANT_SCOPES_MAX) {
        throw new WrongUsage(`at most ${GRANT_SCOPES_MAX} organizations and tags.`);
      }
      const input = { email, role, scopes, ...(await passwordOf(email, password)) };
      const user = accepted(await createPortalUser(input, operator));
      const link = user.link && new URL(user.link, portal).href;
      const mail = await mailLink(email, "invitation", link);
      const rights =
        scopes.length === 0 ? role : scopes.map((scope) => grantText({ role, ...scope })).join(", ");
      await cli.print({
        json: {
          id: user.id,
          email,
          role,
          ...(organization.length > 0 && { organizations: organization }),
          ...(tag.length > 0 && { tags: tag }),
          ...(link && { link }),
          ...mail.json,
        },
        text: link
          ? `${email} (${rights}) accepts the invitation at ${link}${mail.text}`
          : `${email} (${rights}) can sign in.`,
      });
    });

  cli
    .command(
      "user reset",
      "Set a password, or without --password print a link, and mail it where mail is configured; the old password and all sessions end",
    )
    .argument("<EMAIL>", "the user's email", typed(emailAddress))
    .option(...PASSWORD)
    .action(async (address: string, { password }: Pick<Options, "password">) => {
      const portal = portalAddress();
      const input = { email: address, ...(await passwordOf(address, password)) };
      const { email, link: path } = accepted(await resetPortalUser(input, operator));
      const link = path && new URL(path, portal).href;
      const mail = await mailLink(email, "password", link);
      await cli.print({
        json: { email, ...(link && { link }), ...mail.json },
        text: link
          ? `${email} sets a new password at ${link}. The old one no longer works.${mail.text}`
          : `${email} has a new password.`,
      });
    });

  cli
    .command(
      "user reset-second-factor",
      "Remove a user's passkeys, authenticator app and recovery codes; all sessions end",
    )
    .argument("<EMAIL>", "the user's email", typed(emailAddress))
    .action(async (address: string) => {
      const { email } = accepted(await resetSecondFactor({ email: address }, operator));
      await cli.print({
        json: { email },
        text: `${email} has no second factor any more, and signs in with the password alone.`,
      });
    });
}
