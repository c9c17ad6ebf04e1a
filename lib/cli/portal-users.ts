import { Option } from "commander";
import { ROLES, type Role } from "#lib/actor.ts";
import { config } from "#lib/config.ts";
import { emailAddress } from "#lib/email.ts";
import { createPortalUser, resetPortalUser } from "#lib/portal-users/commands.ts";
import { isPasswordOfEmail, newPassword, PASSWORD_IS_EMAIL } from "#lib/portal-users/rules.ts";
import { accepted, type Cli, operator, readStandardInput, typed, WrongUsage } from "./support.ts";

const PASSWORD = ["--password <PASSWORD>", "at least 8 characters; - reads it from standard input"] as const;

function addressOf(link: string): string {
  const { appUrl, port } = config();
  return new URL(link, appUrl ?? `http://localhost:${port}`).href;
}

/** The password as a part of a command's input. Judged here, for the usual refusal repeats what was typed. */
function passwordOf(email: string, option: string | undefined): { password?: string } {
  if (option === undefined) return {};
  const parsed = newPassword.safeParse(option === "-" ? readStandardInput() : option);
  if (!parsed.success) {
    throw new WrongUsage(`the password is refused. ${parsed.error.issues[0]?.message ?? ""}`);
  }
  if (isPasswordOfEmail(parsed.data, email)) throw new WrongUsage(PASSWORD_IS_EMAIL);
  return { password: parsed.data };
}

export function registerPortalUsers(cli: Cli): void {
  type Options = { role: Role; password?: string };
  cli
    .command("user create", "Create a portal user; without --password, print a one-time link")
    .argument("<EMAIL>", "the e-mail to sign in with", typed(emailAddress))
    .addOption(new Option("--role <ROLE>", "the role").choices(ROLES).default("admin"))
    .option(...PASSWORD)
    .action(async (email: string, { role, password }: Options) => {
      const input = { email, role, ...passwordOf(email, password) };
      const made = accepted(await createPortalUser(input, operator));
      const link = made.link && addressOf(made.link);
      await cli.print({
        json: { id: made.id, email, role, ...(link && { link }) },
        text: link
          ? `${email} (${role}) accepts the invitation at ${link}`
          : `${email} (${role}) can sign in.`,
      });
    });

  cli
    .command(
      "user reset",
      "Set a password and end the user's sessions; without --password, print a one-time link",
    )
    .argument("<EMAIL>", "the user's e-mail", typed(emailAddress))
    .option(...PASSWORD)
    .action(async (given: string, { password }: Omit<Options, "role">) => {
      const input = { email: given, ...passwordOf(given, password) };
      const { email, link: path } = accepted(await resetPortalUser(input, operator));
      const link = path && addressOf(path);
      await cli.print({
        json: { email, ...(link && { link }) },
        text: link ? `${email} sets a password at ${link}` : `${email} has a new password.`,
      });
    });
}
