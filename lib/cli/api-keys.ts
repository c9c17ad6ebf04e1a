import { createApiKey, revokeApiKey } from "#lib/api-keys/commands.ts";
import { type ApiKeyListItem, type ApiKeyOwner, everyApiKey } from "#lib/api-keys/queries.ts";
import { createApiKeyInput, expiryDay, revokeApiKeyInput } from "#lib/api-keys/rules.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { formatLastDay } from "#lib/time.ts";
import { accepted, type Cli, everything, operator, organizationIdOf, typed, WrongUsage } from "./support.ts";

type Whose = { organization?: string; enterprise?: true };

const ORGANIZATION = ["--organization <CODE>", "the organization's code"] as const;
const ENTERPRISE = ["--enterprise", "for the whole enterprise"] as const;

/** Everybody's when neither is given. */
function ownerOf({ organization, enterprise }: Whose): ApiKeyOwner {
  if (organization !== undefined && enterprise) {
    throw new WrongUsage("--organization and --enterprise exclude each other.");
  }
  if (organization !== undefined) return organizationIdOf(organization);
  return enterprise ? "enterprise" : "all";
}

const minutes = (at: Date | null) => at && `${at.toISOString().slice(0, 16)}Z`;

/** "2027-01-31": the last day on which a key works, in the enterprise's time zone; null for no end. */
function lastDayOf({ expiresAt }: { expiresAt: Date | null }): string | null {
  return (
    expiresAt && formatLastDay(expiresAt, { timeZone: getSettings().timeZone, dateFormat: "YYYY-MM-DD" })
  );
}

function lineOf(key: ApiKeyListItem): string {
  const lastDay = lastDayOf(key);
  return [
    key.id,
    `${key.prefix}…`,
    key.status,
    key.organization?.code ?? "(enterprise)",
    key.name,
    `used ${minutes(key.lastUsedAt) ?? "never"}`,
    ...(lastDay === null ? [] : [`expires ${lastDay}`]),
  ].join("  ");
}

export function registerApiKeys(cli: Cli): void {
  cli
    .command("api-key create", "Create a key and print only the key; it cannot be shown again")
    .option(...ORGANIZATION)
    .option(...ENTERPRISE)
    .option(
      "--name <NAME>",
      "a name, such as that of the application",
      typed(createApiKeyInput.shape.name),
      "API key",
    )
    .option("--expires <DATE>", "the last day on which it works, e.g. 2027-01-31", typed(expiryDay))
    .action(async (options: Whose & { name: string; expires?: number | null }) => {
      const owner = ownerOf(options);
      if (owner === "all") throw new WrongUsage("either --organization or --enterprise is needed.");
      const organization = owner === "enterprise" ? null : owner;
      const { name, expires = null } = options;
      const apiKey = accepted(await createApiKey({ organization, name, expires }, operator));
      await cli.print({
        json: { ...apiKey, organization: apiKey.organization?.code ?? null, lastDay: lastDayOf(apiKey) },
        text: apiKey.key,
      });
    });

  cli
    .command("api-key list", "List keys, newest first, without the keys themselves")
    .option(...ORGANIZATION)
    .option(...ENTERPRISE)
    .action(async (options: Whose) => {
      const keys = [...everyApiKey(everything, ownerOf(options))];
      await cli.print({
        json: {
          keys: keys.map((key) => ({
            ...key,
            organization: key.organization?.code ?? null,
            lastDay: lastDayOf(key),
          })),
        },
        text: keys.length === 0 ? "There are no keys." : keys.map(lineOf).join("\n"),
      });
    });

  cli
    .command("api-key revoke", "Revoke a key; its next request is refused")
    .argument("<ID>", "the id that `api-key list` shows", typed(revokeApiKeyInput.shape.id))
    .action(async (id: number) => {
      const { name, prefix } = accepted(await revokeApiKey({ id }, operator));
      await cli.print({ json: { id, name, prefix }, text: `${name} (${prefix}…) is revoked.` });
    });
}
