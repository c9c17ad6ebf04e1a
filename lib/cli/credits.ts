import { randomUUID } from "node:crypto";
import { findCreditTypeByName } from "#lib/credit-types/queries.ts";
import { plainCredits } from "#lib/credits.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import type { Receipt } from "#lib/ledger/commands/requests.ts";
import { allocateCredits, returnCredits } from "#lib/ledger/commands/transfers.ts";
import {
  chosenRequestId,
  creditAmount,
  invoiceNumber,
  movedText,
  note,
  type PurchaseInput,
  purchaseDay,
  purchasePaid,
} from "#lib/ledger/rules.ts";
import type { Result } from "#lib/result.ts";
import { accepted, type Cli, CliRefusal, everything, operator, organizationIdOf, typed } from "./support.ts";

type Details = Pick<PurchaseInput, "purchaseDate" | "paid" | "invoiceNumber">;
type Request = { amount: bigint; note: string | null; requestId: string } & Details;
type Options = { note?: string | null; id?: string; date?: number; paid?: bigint; invoice?: string };

export function registerCredits(cli: Cli): void {
  const command = (
    kind: "purchase" | "allocation" | "return",
    [word, target, example]: [word: string, target: string, example: string],
    description: string,
    run: (target: string, request: Request) => Promise<Result<Receipt>>,
  ) =>
    cli
      .command(`credits ${word}`, description)
      .argument(`<${target}>`, example)
      .argument("<AMOUNT>", "in credits, e.g. 1000 or 0.5", typed(creditAmount))
      .option("--note <TEXT>", "an order number or a reason", typed(note))
      .option(
        "--id <ID>",
        "your own id, 8 to 100 characters of A-Z a-z 0-9 . _ : and -; used again, nothing moves again",
        typed(chosenRequestId),
      )
      .action(async (name: string, amount: bigint, options: Options) => {
        const id = options.id ?? randomUUID();
        const result = await run(name, {
          amount,
          note: options.note ?? null,
          requestId: id,
          ...(options.date !== undefined && { purchaseDate: options.date }),
          ...(options.paid !== undefined && { paid: options.paid }),
          ...(options.invoice !== undefined && { invoiceNumber: options.invoice }),
        });
        if (!result.ok && result.code === "idempotency_conflict") {
          throw new CliRefusal(
            `The id ${id} was already used with different figures, which were recorded.`,
            result.code,
          );
        }
        const posted = accepted(result);
        await cli.print({
          json: {
            id,
            entry: posted.entryId,
            amount: plainCredits(posted.amount),
            [kind === "purchase" ? "available" : "balance"]: plainCredits(posted.balanceAfter),
            repeated: posted.repeated,
          },
          text: movedText(kind, posted),
        });
      });

  command(
    "purchase",
    ["purchase", "TYPE", 'a credit type\'s name, e.g. "SGD Credits"'],
    "Record a purchase: credits enter a pool",
    (name, request) => {
      const type = findCreditTypeByName(everything, name);
      if (!type) throw new CliRefusal(`There is no credit type named ${name}.`, "credit_type_not_found");
      return purchaseCredits({ creditType: type.id, ...request }, operator);
    },
  )
    .option("--date <DAY>", "the day of the deal, e.g. 2026-11-23", typed(purchaseDay))
    .option("--paid <MONEY>", "what was paid, in the currency of the credit type", typed(purchasePaid))
    .option("--invoice <NUMBER>", "the number of the invoice", typed(invoiceNumber));
  command(
    "allocation",
    ["allocate", "CODE", "an organization's code"],
    "Move credits from the pool to an organization",
    (code, request) => allocateCredits({ organization: organizationIdOf(code), ...request }, operator),
  );
  command(
    "return",
    ["return", "CODE", "an organization's code"],
    "Move credits from an organization back to its pool",
    (code, request) => returnCredits({ organization: organizationIdOf(code), ...request }, operator),
  );
}
