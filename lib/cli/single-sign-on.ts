import { singleSignOn } from "#lib/sign-in-settings.ts";
import { linksToMove, relink } from "#lib/single-sign-on/relink.ts";
import { accepted, type Cli, operator, WrongUsage } from "./support.ts";

type Options = { from?: string; apply?: boolean };

/** The links to move: of the issuer that was named, or of every issuer that is not the one in `OIDC_ISSUER`. */
function selectionOf({ from }: Options) {
  if (from !== undefined) return { from };
  const provider = singleSignOn();
  if (!provider) throw new WrongUsage("name the old issuer with --from, or set OIDC_ISSUER to the new one.");
  return { to: provider.issuer.href };
}

export function registerSingleSignOn(cli: Cli): void {
  cli
    .command(
      "sso relink",
      "Move accounts to a provider's new address or registration; shows them without --apply",
    )
    .option("--from <ISSUER>", "the old issuer; without it, every issuer but OIDC_ISSUER")
    .option("--apply", "remove the old links, so that the next sign-in links by verified or trusted e-mail")
    .action(async (options: Options) => {
      const selection = selectionOf(options);
      const links = options.apply ? accepted(await relink(selection, operator)) : linksToMove(selection);
      const rows = links.map(({ email, role, issuer }) => `${email} (${role}), linked at ${issuer}`);
      const count = `${links.length} ${links.length === 1 ? "account" : "accounts"}`;
      const summary =
        links.length === 0
          ? "No account is linked at another issuer."
          : options.apply
            ? `${count} unlinked. The next sign-in of each links by its verified or trusted e-mail.`
            : `${count} would be unlinked. Run it again with --apply to do so.`;
      await cli.print({
        json: {
          applied: options.apply === true,
          accounts: links.map(({ email, role, issuer, subject }) => ({ email, role, issuer, subject })),
        },
        text: [...rows, summary].join("\n"),
      });
    });
}
