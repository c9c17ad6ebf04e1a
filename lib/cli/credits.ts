import { randomUUID } from "node:crypto";
import { findCreditTypeByName } from "#lib/credit-types/queries.ts";
import { plainCredits } from "#lib/credits.ts";
import { purchaseCredits } from "#lib/ledger/commands/purchases.ts";
import type { Receipt } from "#lib/ledger/commands/requests.ts";
import { allocateCredits, returnCredits } from "#lib/ledger/commands/transfers.ts";
import { chosenRequestId, creditAmount, movedText, note } from "#lib/ledger/rules.ts";
import type { Result } from "#lib/result.ts";
import { accepted, type Cli, CliRefusal, everything, operator, organizationIdOf, typed } from "./support.ts";

type Request = { amount: bigint; note: string | null; requestId: string };

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
      .action(async (name: string, amount: bigint, options: { note?: string | null; id?: string }) => {
        const id = options.id ?? randomUUID();
        const result = await run(name, { amount, note: options.note ?? null, requestId: id });
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
  );
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
