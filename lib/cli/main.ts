import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Command, CommanderError } from "commander";
import type { z } from "zod";
import { closeDatabase } from "#db/client.ts";
import { type Actor, ROLES } from "#lib/actor.ts";
import { createCreditType } from "#lib/credit-types/commands.ts";
import { createCreditTypeInput } from "#lib/credit-types/rules.ts";
import { fillDemo } from "#lib/demo/commands.ts";
import { emailAddress } from "#lib/email.ts";
import { exportOrganizations } from "#lib/organizations/export.ts";
import { importOrganizationsFile } from "#lib/organizations/import.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { createPortalUser, resetPortalUser } from "#lib/portal-users/commands.ts";
import { newPassword, role as roleInput } from "#lib/portal-users/rules.ts";
import type { Result } from "#lib/result.ts";

const operator: Actor = { kind: "operator" };

/** Exit codes: 0 done, 1 refused, 2 wrong usage. */
const REFUSED = 1;
const WRONG_USAGE = 2;

/** A refusal, for standard error. */
class CliRefusal extends Error {}

type Printed = { json: Record<string, unknown>; text: string };

function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new CliRefusal(result.message);
  return result.value;
}

function read<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CliRefusal(
    parsed.error.issues
      .map((issue) => [issue.path.join("."), issue.message].filter(Boolean).join(": "))
      .join("\n"),
  );
}

function addressOf(link: string): string {
  return `${process.env.APP_URL || `http://localhost:${process.env.PORT || 3000}`}${link}`;
}

function passwordOf(option: string | undefined): string | undefined {
  if (option === undefined) return undefined;
  return read(newPassword, option === "-" ? readFileSync(0, "utf8").replace(/\r?\n$/, "") : option);
}

/** Runs the operator's command line and sets the process's exit code. `typedIn`: the folder that files are relative to. */
export async function main(args: string[], typedIn: string): Promise<void> {
  const program = new Command("bursar")
    .description("The operator's tool of Bursar. Works on DATA_DIR, also while the server runs.")
    .showHelpAfterError("(--help shows how)")
    .exitOverride();

  const command = (parent: Command, usage: string, description: string) =>
    parent.command(usage).description(description).option("--json", "print one JSON object").exitOverride();
  const group = (name: string, description: string) =>
    program.command(name).description(description).exitOverride();
  const print = (options: { json?: boolean }, printed: Printed) =>
    process.stdout.write(`${options.json ? JSON.stringify(printed.json) : printed.text}\n`);
  const fileOf = (name: string) => path.resolve(typedIn, name);

  command(group("credit-type", "Credit types"), "create <NAME>", "Make a credit type with an empty pool")
    .requiredOption("--currency <CODE>", "ISO 4217 code, e.g. SGD")
    .requiredOption("--rate <RATE>", "credits per currency unit, e.g. 100")
    .action(async (name: string, options: { currency: string; rate: string; json?: boolean }) => {
      const input = read(createCreditTypeInput, {
        name,
        currency: options.currency,
        exchangeRate: options.rate,
      });
      const type = accepted(await createCreditType(input, operator));
      print(options, { json: type, text: `Credit type ${type.name} was made.` });
    });

  command(
    group("import", "Bring CSV files in"),
    "organizations <FILE>",
    "Import organizations, all or nothing",
  )
    .option("--dry-run", "only check the file")
    .action(async (name: string, options: { dryRun?: boolean; json?: boolean }) => {
      const bytes = readGivenFile(fileOf(name));
      const result = await importOrganizationsFile(bytes, operator, { dryRun: options.dryRun ?? false });
      const { report } = result;
      const remarks = report.errors.map(({ line, message }) => `line ${line}: ${message}`);
      const ignored =
        report.ignoredColumns.length > 0 ? `Ignored columns: ${report.ignoredColumns.join(", ")}.\n` : "";
      if (!result.ok) throw new CliRefusal([...remarks, result.message].join("\n"));
      const verb = options.dryRun ? "could be imported" : "were imported";
      print(options, {
        json: {
          imported: options.dryRun ? 0 : report.rows,
          rows: report.rows,
          active: report.active,
          inactive: report.inactive,
          ignoredColumns: report.ignoredColumns,
          notes: report.notes,
          dryRun: options.dryRun ?? false,
        },
        text: `${ignored}${report.rows} organizations ${verb}: ${report.active} active, ${report.inactive} inactive.`,
      });
    });

  command(
    group("export", "Write CSV files"),
    "organizations [FILE]",
    "Export all organizations, to standard output without FILE",
  ).action((name: string | undefined, options: { json?: boolean }) => {
    const csv = [...exportOrganizations(organizationsSearchParams.defaults)].join("");
    if (name === undefined) {
      process.stdout.write(options.json ? `${JSON.stringify({ csv })}\n` : csv);
      return;
    }
    writeGivenFile(fileOf(name), csv);
    print(options, { json: { file: fileOf(name) }, text: `Organizations were written to ${fileOf(name)}.` });
  });

  const user = group("user", "Portal users");
  command(user, "create <EMAIL>", "Make a portal user; without --password prints a one-time link")
    .option("--role <ROLE>", `one of ${ROLES.join(", ")}`, "admin")
    .option("--password <PASSWORD>", "at least 8 characters; - reads it from standard input")
    .action(async (given: string, options: { role: string; password?: string; json?: boolean }) => {
      const email = read(emailAddress, given);
      const role = read(roleInput, options.role);
      const password = passwordOf(options.password);
      const made = accepted(
        await createPortalUser({ email, role, ...(password !== undefined && { password }) }, operator),
      );
      const link = made.link && addressOf(made.link);
      print(options, {
        json: { id: made.id, email, role, ...(link && { link }) },
        text: link ? `${email} (${role}) sets a password at ${link}` : `${email} (${role}) can sign in.`,
      });
    });
  command(
    user,
    "reset <EMAIL>",
    "Set a password and end the user's sessions; without --password prints a link",
  )
    .option("--password <PASSWORD>", "at least 8 characters; - reads it from standard input")
    .action(async (given: string, options: { password?: string; json?: boolean }) => {
      const email = read(emailAddress, given);
      const password = passwordOf(options.password);
      const reset = accepted(
        await resetPortalUser({ email, ...(password !== undefined && { password }) }, operator),
      );
      const link = reset.link && addressOf(reset.link);
      print(options, {
        json: { email: reset.email, ...(link && { link }) },
        text: link ? `${reset.email} sets a new password at ${link}` : `${reset.email} has a new password.`,
      });
    });

  command(program, "demo", "Fill an empty portal with an enterprise of 13 organizations").action(
    async (options: { json?: boolean }) => {
      const filled = accepted(await fillDemo(operator));
      print(options, {
        json: filled,
        text: `${filled.organizations} organizations (${filled.active} active) were made.`,
      });
    },
  );

  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE;
    else {
      // Whatever stopped it, the operator needs the sentence and not the stack.
      console.error(error instanceof Error ? error.message : String(error));
      process.exitCode = REFUSED;
    }
  } finally {
    closeDatabase();
  }
}

function reason(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function readGivenFile(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CliRefusal(`${file} cannot be read (${reason(error)}).`);
  }
}

function writeGivenFile(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new CliRefusal(`${file} cannot be written (${reason(error)}).`);
  }
}
