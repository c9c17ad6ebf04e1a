import { type Command, InvalidArgumentError, Option } from "commander";
import { getApiKey } from "#lib/api-keys/queries.ts";
import { getCreditType } from "#lib/credit-types/queries.ts";
import { listTags } from "#lib/organizations/tag-queries.ts";
import type { SearchParamsCodec } from "#lib/search-params.ts";
import { CliRefusal, everything } from "./support.ts";

/** `externalId` is the option `--external-id`. */
function optionName(param: string): string {
  return param.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/**
 * Gives a command the filters of a page as options, by the names that the page's address has. A value that the page
 * would ignore is refused. An option whose param the page's address may have several times may be repeated too.
 */
export function addFilters<View extends Record<string, unknown>>(
  command: Command,
  codec: SearchParamsCodec<View>,
  filters: Partial<Record<keyof View & string, string>>,
): void {
  for (const [param, description] of Object.entries(filters)) {
    const option = new Option(`--${optionName(param)} <VALUE>`, description);
    option.argParser((text: string, before?: unknown) => {
      const view = codec.decode(new URLSearchParams({ [param]: text }));
      const value: unknown = view[param];
      if (Array.isArray(value)) {
        if (value.length > 0) return [before ?? [], value].flat();
        throw new InvalidArgumentError(`${text.slice(0, 100)} is not a value of this filter.`);
      }
      const encoded = new URLSearchParams(codec.encode(view)).get(param);
      // The address leaves a default out.
      if (encoded === text.trim() || value === text) return text;
      throw new InvalidArgumentError(`${text.slice(0, 100)} is not a value of this filter.`);
    });
    command.addOption(option);
  }
}

/** The view that the options of {@link addFilters} ask for. */
export function viewOf<View extends Record<string, unknown>>(
  codec: SearchParamsCodec<View>,
  options: Record<string, unknown>,
): View {
  const params = new URLSearchParams();
  for (const name of Object.keys(codec.defaults)) {
    // Commander stores `--runs-out` as `runsOut`.
    const value = options[name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
    for (const text of [value].flat()) if (typeof text === "string") params.append(name, text);
  }
  return codec.decode(params);
}

/** The two options that every export has. */
export function addExportOptions(command: Command): void {
  command.option("--raw", "write cells as they are, also those that a spreadsheet would run as a formula");
}

/**
 * Refuses filters of which the portal has no organization or no member. The page shows a warning; a file without rows
 * would look like a correct result. So do the other functions below.
 *
 * @param filter the organization and the member that the view's texts name; null where there is none
 * @throws CliRefusal
 */
export function assertFound(
  view: { organization: string; member: string },
  filter: { organization: object | null; member: object | null },
): void {
  if (view.organization !== "" && !filter.organization) {
    throw new CliRefusal(
      `There is no organization with the code ${view.organization}.`,
      "organization_not_found",
    );
  }
  if (view.member !== "" && !filter.member) {
    throw new CliRefusal(`There is no member ${view.member}.`, "member_not_found");
  }
}

/** Refuses the id of a credit type that the portal does not have. @throws CliRefusal */
export function assertCreditType(id: number | null): void {
  if (id !== null && !getCreditType(everything, id)) {
    throw new CliRefusal(`There is no credit type ${id}.`, "credit_type_not_found");
  }
}

/** Refuses tags that no organization has. @throws CliRefusal */
export function assertTags(tags: readonly string[]): void {
  // Of the tags that begin with one, itself comes first.
  const missing = tags.find((tag) => listTags({ prefix: tag, limit: 1 })[0]?.tag !== tag);
  if (missing !== undefined) throw new CliRefusal(`No organization has the tag ${missing}.`, "tag_not_found");
}

/** Refuses the id of an API key that the portal does not have. @throws CliRefusal */
export function assertApiKey(id: number | null): void {
  if (id !== null && !getApiKey(everything, id)) {
    throw new CliRefusal(`There is no API key ${id}.`, "api_key_not_found");
  }
}
