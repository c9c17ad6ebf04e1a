import type { Command, Help } from "commander";
import { buildProgram } from "#lib/cli/main.ts";
import { SETTINGS } from "#lib/environment.ts";

/** A cell of a Markdown table; a bar would end it. */
const cell = (text: string) => text.replaceAll("|", "\\|");

function section(command: Command, help: Help): string {
  const arguments_ = help
    .visibleArguments(command)
    .map((argument) => [`\`${help.argumentTerm(argument)}\``, help.argumentDescription(argument)]);
  const options = help
    .visibleOptions(command)
    .filter((option) => option.long !== "--help" && option.long !== "--json")
    .map((option) => [`\`${option.flags}\``, help.optionDescription(option)]);
  const name = `${help.commandUsage(command)}`.replace(/^bursar /, "").replace(/ \[options\].*/, "");
  const usage = [
    name,
    ...(options.length > 0 ? ["[options]"] : []),
    ...command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`)),
  ].join(" ");
  const rows = [...arguments_, ...options].map(
    (cells) => `| ${cells.map((text = "") => cell(text)).join(" | ")} |`,
  );
  return [
    `## ${name}`,
    `${help.commandDescription(command)}.`,
    `\`\`\`sh\nnpm run bursar -- ${usage}\n\`\`\``,
    ...(rows.length > 0 ? [["| argument or option | meaning |", "| --- | --- |", ...rows].join("\n")] : []),
  ].join("\n\n");
}

/** The commands that do something, in the order in which `--help` lists them. */
function commandsOf(command: Command, help: Help): Command[] {
  return help
    .visibleCommands(command)
    .filter((one) => one.name() !== "help")
    .flatMap((one) => (one.commands.length > 0 ? commandsOf(one, help) : [one]));
}

/** The text of docs/reference/commands.md. */
export function commandsReference(): string {
  const { program } = buildProgram("/");
  const help = program.createHelp();
  return `<!-- Generated from lib/cli/ by \`npm run docs:reference\`. Do not edit. -->

# Commands

\`npm run bursar -- <command>\` is the operator's tool. It works on the same \`DATA_DIR\` as the server, also while the server
runs. In the container, write \`node scripts/bursar.mjs\` instead of \`npm run bursar --\`.

Every command has \`--help\`. With \`--json\`, a command prints one JSON object on standard output; add \`-s\` to \`npm run\` so
that npm prints nothing of its own. A refusal prints \`{"error":{"code":…,"message":…}}\`.

A command names the data folder that it acts on, on standard error. It refuses to run as a user who does not own the
database, root included.

| exit code | meaning |
| --- | --- |
| 0 | done |
| 1 | refused; the reason is on standard error |
| 2 | wrong usage |

${commandsOf(program, help)
  .map((command) => section(command, help))
  .join("\n\n")}
`;
}

/** The text of docs/reference/environment.md. */
export function environmentReference(): string {
  const rows = SETTINGS.map(
    ({ name, default: value, description }) =>
      `| \`${name}\` | ${cell(value ?? "none")} | ${cell(description)} |`,
  );
  return `<!-- Generated from lib/environment.ts by \`npm run docs:reference\`. Do not edit. -->

# Environment

Settings come from environment variables and are read once, at start. A bad value stops the start, or the command, with one
line that names the setting. A setting that is empty counts as not set. A file named \`.env\` in the project's folder adds
settings that the environment does not have. The server and the command line both read it.

Put a value with \`#\`, \`"\`, a backslash or a space between single quotes: \`AUTH_SECRET='…#…'\`. Without them, systemd and the
portal read a different value from the same file. A value must not contain a single quote, because neither has a way to write
it there. Put a comment on a line of its own: a setting with a \`#\` outside of quotes is refused.

| name | default | meaning |
| --- | --- | --- |
${rows.join("\n")}

\`CHROMIUM_PATH\` names the browser for \`npm test\`, which otherwise looks for one.
`;
}
