import path from "node:path";
import { Command, CommanderError } from "commander";
import { closeDatabase, refuseNewDatabase } from "#db/client.ts";
import { NoDatabaseError } from "#db/lost-database.ts";
import { loadConfig } from "#lib/config.ts";
import { registerAlerts } from "./alerts.ts";
import { registerApiKeys } from "./api-keys.ts";
import { registerBackup } from "./backup.ts";
import { registerCreditTypes } from "./credit-types.ts";
import { registerCredits } from "./credits.ts";
import { announceDataFolder } from "./data-folder.ts";
import { registerDemo } from "./demo.ts";
import { registerMembers } from "./members.ts";
import { registerOrganizations } from "./organizations.ts";
import { registerPortalUsers } from "./portal-users.ts";
import { registerRefusals } from "./refusals.ts";
import { registerSingleSignOn } from "./single-sign-on.ts";
import { type Cli, CliRefusal, isReaderGone, WrongUsage, withoutControls, writeOut } from "./support.ts";
import { registerTransactions } from "./transactions.ts";
import { registerUsage } from "./usage.ts";
import { registerVerify } from "./verify.ts";
import { registerWebhooks } from "./webhooks.ts";

/** Exit codes: 0 done, 1 refused, 2 wrong usage. */
const REFUSED = 1;
const WRONG_USAGE = 2;

/** Groups of commands: the first word of a command, with its description in `--help`. */
const GROUPS: Record<string, string> = {
  alerts: "What needs attention",
  "api-key": "API keys of the applications that report usage",
  usage: "Usage events that were reported",
  "credit-type": "Credit types",
  credits: "Move credits",
  export: "Write CSV files",
  import: "Read CSV files, all rows or none",
  notifications: "Webhooks and mails",
  sso: "Single sign-on",
  user: "Portal users",
  webhook: "Addresses to which events are sent",
};

const CONCEPTS = [
  registerCreditTypes,
  registerCredits,
  registerOrganizations,
  registerMembers,
  registerPortalUsers,
  registerSingleSignOn,
  registerApiKeys,
  registerUsage,
  registerTransactions,
  registerRefusals,
  registerAlerts,
  registerWebhooks,
  registerDemo,
  registerBackup,
  registerVerify,
];

/** `verify FILE` is the only command that does not act on the data folder. */
const readsOnlyItsFile = (command: Command) => command.name() === "verify" && command.args.length > 0;

/** The commands with which a new portal may begin. Any other one refuses a data folder without a database. */
const BEGINS_PORTAL = ["credit-type create", "demo", "restore", "user create"];

/** The name of a command with its group's: `credits purchase`. */
const nameOf = (command: Command): string =>
  command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name();

/**
 * The commander program with every command of every concept, and whether the command that runs was given `--json`.
 *
 * @param typedIn the folder that relative file names start from
 * @param args the arguments, which tell of `--json` before a command is found in them
 */
export function buildProgram(
  typedIn: string,
  args: readonly string[] = [],
): { program: Command; json: () => boolean } {
  let json = args.includes("--json");
  const program = new Command("bursar")
    .description("The operator's tool of Bursar. Works on DATA_DIR, also while the server runs.")
    .showHelpAfterError("(use --help for help)")
    .exitOverride()
    .hook("preAction", (_program, command) => {
      json = command.opts().json === true;
      if (!readsOnlyItsFile(command)) announceDataFolder();
      if (!BEGINS_PORTAL.includes(nameOf(command))) refuseNewDatabase();
    });
  const group = (name: string) =>
    program.commands.find((command) => command.name() === name) ??
    program.command(name).description(GROUPS[name] ?? "");

  const cli: Cli = {
    command(usage, description) {
      const [, first = "", rest] = /^([a-z-]+) ([a-z-].*)$/.exec(usage) ?? [];
      return (rest ? group(first) : program)
        .command(rest ?? usage)
        .description(description)
        .option("--json", "print one JSON object");
    },
    print: (printed) =>
      writeOut([`${json ? JSON.stringify(printed.json) : withoutControls(printed.text)}\n`]),
    json: () => json,
    fileOf: (name) => path.resolve(typedIn, name),
  };
  for (const register of CONCEPTS) register(cli);
  return { program, json: () => json };
}

/** Runs the command line and sets the exit code of the process. `typedIn`: see {@link buildProgram}. */
export async function main(args: string[], typedIn: string): Promise<void> {
  const { program, json } = buildProgram(typedIn, args);
  // The reader of the output may leave early, as `head` does. The command still runs to its end.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error) => {
      if (!isReaderGone(error)) throw error;
    });
  }
  try {
    // The settings of the server, so that the command works on the same data folder and an invalid one is refused first.
    loadConfig(process.cwd());
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE;
    } else if (error instanceof WrongUsage) {
      process.exitCode = WRONG_USAGE;
      console.error(`error: ${error.message}\n(use --help for help)`);
    } else {
      process.exitCode = REFUSED;
      const message = error instanceof Error ? error.message : String(error);
      // The operator needs the message; a stack would hide it.
      console.error(withoutControls(message));
      const failed = { code: error instanceof NoDatabaseError ? "no_database" : "failed", details: {} };
      const { code, details } = error instanceof CliRefusal ? error : failed;
      if (json()) await writeOut([`${JSON.stringify({ error: { code, message, ...details } })}\n`]);
    }
  } finally {
    closeDatabase();
  }
}
