import type { Role } from "#lib/actor.ts";
import { emailAddress } from "#lib/email.ts";
import { singleSignOn } from "#lib/sign-in-settings.ts";
import { linkAccount, linksToMove, planLink, relink, unlinkedAccounts } from "#lib/single-sign-on/relink.ts";
import { accepted, type Cli, operator, typed, WrongUsage } from "./support.ts";

type Options = { from?: string; account?: string; subject?: string; issuer?: string; apply?: boolean };

/** The links to move: of the issuer that was named, or of every issuer that is not the one in `OIDC_ISSUER`. */
function selectionOf({ from }: Options) {
  if (from !== undefined) return { from };
  const provider = singleSignOn();
  if (!provider) throw new WrongUsage("name the old issuer with --from, or set OIDC_ISSUER to the new one.");
  return { to: provider.issuer.href };
}

/** The two sides that the options name; null when they name none. */
function newLinkOf({ account, subject, issuer, from }: Options) {
  if (account === undefined && subject === undefined && issuer === undefined) return null;
  if (account === undefined || subject === undefined) {
    throw new WrongUsage("--account and --subject belong together.");
  }
  if (from !== undefined) throw new WrongUsage("--from and --account exclude each other.");
  const address = issuer ?? singleSignOn()?.issuer.href.replace(/\/$/, "");
  if (address === undefined) throw new WrongUsage("name the issuer with --issuer, or set OIDC_ISSUER.");
  return { email: account, subject, issuer: address };
}

/** An account without a role on the enterprise may have one on organizations or tags. */
const roleText = (role: Role | null) => role ?? "no role on the enterprise";

const counted = (count: number) => `${count} ${count === 1 ? "account" : "accounts"}`;

export function registerSingleSignOn(cli: Cli): void {
  cli
    .command(
      "sso relink",
      "Move accounts to a provider's new address or registration, or to a person named there; shows them without --apply",
    )
    .option("--from <ISSUER>", "the old issuer; without it, every issuer but OIDC_ISSUER")
    .option("--account <EMAIL>", "one account, to link to the --subject of a person", typed(emailAddress))
    .option(
      "--subject <SUBJECT>",
      "the person's permanent id at the provider, as the log of a refusal has it",
    )
    .option("--issuer <ISSUER>", "the issuer of that person; without it, OIDC_ISSUER")
    .option("--apply", "remove the old links, so that the next sign-in links by verified or trusted email")
    .action(async (options: Options) => {
      const link = newLinkOf(options);
      if (link) return relinkOne(cli, link, options.apply === true);
      const selection = selectionOf(options);
      const links = options.apply ? accepted(await relink(selection, operator)) : linksToMove(selection);
      const unlinked = unlinkedAccounts();
      const rows = links.map(
        ({ email, role, issuer }) => `${email} (${roleText(role)}), linked at ${issuer}`,
      );
      const summary =
        links.length === 0
          ? "No account is linked at another issuer."
          : options.apply
            ? `${counted(links.length)} unlinked. The next sign-in of each links by its verified or trusted email.`
            : `${counted(links.length)} would be unlinked. Run it again with --apply to do so.`;
      await cli.print({
        json: {
          applied: options.apply === true,
          accounts: links.map(({ email, role, issuer, subject }) => ({ email, role, issuer, subject })),
          unlinked,
        },
        text: [
          ...rows,
          summary,
          ...(unlinked.length > 0 ? [`${counted(unlinked.length)} without a link:`] : []),
          ...unlinked.map(({ email, role }) => `  ${email} (${roleText(role)})`),
        ].join("\n"),
      });
    });
}

async function relinkOne(cli: Cli, link: Parameters<typeof planLink>[0], applied: boolean): Promise<void> {
  const { email, issuer, subject, before } = accepted(
    applied ? await linkAccount(link, operator) : planLink(link),
  );
  const old = before ? ` in place of ${before.subject} at ${before.issuer}` : "";
  await cli.print({
    json: { applied, email, issuer, subject, before },
    text: applied
      ? `${email} is linked to ${subject} at ${issuer}${old}.`
      : `${email} would be linked to ${subject} at ${issuer}${old}. Run it again with --apply to do so.`,
  });
}
