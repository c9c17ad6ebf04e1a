import { type Command, InvalidArgumentError, Option } from "commander";
import type { SearchParamsCodec } from "#lib/search-params.ts";

/** `externalId` is the option `--external-id`. */
function optionName(param: string): string {
  return param.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/**
 * Gives a command the filters of a page as options, by the names that the page's address has. A value that the page
 * would ignore is refused.
 */
export function addFilters<View extends Record<string, unknown>>(
  command: Command,
  codec: SearchParamsCodec<View>,
  filters: Partial<Record<keyof View & string, string>>,
): void {
  for (const [param, description] of Object.entries(filters)) {
    const option = new Option(`--${optionName(param)} <VALUE>`, description);
    option.argParser((text: string) => {
      const view = codec.decode(new URLSearchParams({ [param]: text }));
      const encoded = new URLSearchParams(codec.encode(view)).get(param);
      // The address leaves a default out.
      if (encoded === text.trim() || view[param] === text) return text;
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
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === "string" && name in codec.defaults) params.set(name, value);
  }
  return codec.decode(params);
}

/** The two options that every export has. */
export function addExportOptions(command: Command): void {
  command.option("--raw", "write cells as they are, also those that a spreadsheet would run as a formula");
}
