import { formatCount, formatWholeCredits, plainCredits } from "#lib/credits.ts";
import { fillDemo } from "#lib/demo/commands.ts";
import { accepted, type Cli, operator } from "./support.ts";

export function registerDemo(cli: Cli): void {
  cli
    .command(
      "demo",
      "Fill an empty portal with an enterprise of 13 organizations and its history up to today",
    )
    .action(async () => {
      const filled = accepted(await fillDemo(operator));
      const { organizations, activeOrganizations, members, balance, spent, transactions } = filled;
      await cli.print({
        json: {
          organizations,
          active: activeOrganizations,
          members,
          balance: plainCredits(balance),
          spent: plainCredits(spent),
          transactions,
        },
        text: [
          `${organizations} organizations (${activeOrganizations} active) were created, with ${members} members and ${formatCount(transactions)} transactions:`,
          `${formatWholeCredits(balance)} credits left, ${formatWholeCredits(spent)} spent.`,
        ].join("\n"),
      });
    });
}
