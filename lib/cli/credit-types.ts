import { createCreditType } from "#lib/credit-types/commands.ts";
import { type CreateCreditTypeInput, createCreditTypeInput } from "#lib/credit-types/rules.ts";
import { accepted, type Cli, operator, typed } from "./support.ts";

const { name, currency, exchangeRate } = createCreditTypeInput.shape;

export function registerCreditTypes(cli: Cli): void {
  type Options = { currency: CreateCreditTypeInput["currency"]; rate: CreateCreditTypeInput["exchangeRate"] };
  cli
    .command("credit-type create", "Create a credit type with an empty pool")
    .argument("<NAME>", 'e.g. "SGD Credits"', typed(name))
    .requiredOption("--currency <CODE>", "ISO 4217 code, e.g. SGD", typed(currency))
    .requiredOption("--rate <RATE>", "credits per currency unit, e.g. 100", typed(exchangeRate))
    .action(async (name: string, { currency, rate }: Options) => {
      const type = accepted(await createCreditType({ name, currency, exchangeRate: rate }, operator));
      await cli.print({ json: type, text: `Credit type ${type.name} was created.` });
    });
}
