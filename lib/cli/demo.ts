import { fillDemo } from "#lib/demo/commands.ts";
import { accepted, type Cli, operator } from "./support.ts";

export function registerDemo(cli: Cli): void {
  cli.command("demo", "Fill an empty portal with an enterprise of 13 organizations").action(async () => {
    const filled = accepted(await fillDemo(operator));
    await cli.print({
      json: filled,
      text: `${filled.organizations} organizations (${filled.active} active) were made.`,
    });
  });
}
