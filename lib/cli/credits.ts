import { randomUUID } from "node:crypto";
import { importAllocationsFile } from "#lib/batches/import.ts";
import { ALLOCATION_COLUMNS } from "#lib/batches/import-rules.ts";
import { findCreditTypeByName } from "#lib/credit-types/queries.ts";
import { creditsText, formatCount, formatCredits, parseCredits, plainCredits } from "#lib/credits.ts";
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
import { columnsHelp, fileRemarks, fileRemarksJson, importRefusal } from "./import.ts";
import {
  accepted,
  type Cli,
  CliRefusal,
  everything,
  operator,
  organizationIdOf,
  readInputFile,
  typed,
  WrongUsage,
} from "./support.ts";

type Details = Pick<PurchaseInput, "purchaseDate" | "paid" | "invoiceNumber">;
type Request = { amount: bigint; note: string | null; requestId: string } & Details;
type Options = {
  note?: string | null;
  id?: string;
  date?: number;
  paid?: bigint;
  invoice?: string;
  file?: string;
  dryRun?: boolean;
};

export function registerCredits(cli: Cli): void {
  const command = (
    kind: "purchase" | "allocation" | "return",
    [word, target, example]: [word: string, target: string, example: string],
    description: string,
    run: (target: string, request: Request) => Promise<Result<Receipt>>,
  ) => {
    // A file of allocations takes the place of both arguments.
    const required = (name: string) => (kind === "allocation" ? `[${name}]` : `<${name}>`);
    return cli
      .command(`credits ${word}`, description)
      .argument(required(target), example)
      .argument(required("AMOUNT"), "in credits, e.g. 1000 or 0.5", typed(creditAmount))
      .option("--note <TEXT>", "an order number or a reason", typed(note))
      .option(
        "--id <ID>",
        "your own id, 8 to 100 characters of A-Z a-z 0-9 . _ : and -; used again, nothing moves again",
        typed(chosenRequestId),
      )
      .action(async (name: string | undefined, amount: bigint | undefined, options: Options) => {
        const id = options.id ?? randomUUID();
        if (options.file !== undefined) {
          if (name !== undefined) throw new WrongUsage("--file takes the place of CODE and AMOUNT.");
          if (options.note !== undefined) throw new WrongUsage("--note: the file has a column for notes.");
          return allocateFile(cli, {
            file: options.file,
            id,
            isNamed: options.id !== undefined,
            dryRun: options.dryRun ?? false,
          });
        }
        if (options.dryRun) throw new WrongUsage("--dry-run needs --file.");
        if (name === undefined || amount === undefined) {
          throw new WrongUsage("CODE and AMOUNT are needed, or --file.");
        }
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
  };

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
    "Move credits from the pool to an organization, or to each of a file",
    (code, request) => allocateCredits({ organization: organizationIdOf(code), ...request }, operator),
  )
    .option(
      "--file <FILE>",
      `in place of CODE and AMOUNT: ${columnsHelp(ALLOCATION_COLUMNS)}; one batch, all or nothing`,
    )
    .option("--dry-run", "with --file: only check the file");
  command(
    "return",
    ["return", "CODE", "an organization's code"],
    "Move credits from an organization back to its pool",
    (code, request) => returnCredits({ organization: organizationIdOf(code), ...request }, operator),
  );
}

/** A plain decimal with thousands separators. */
function grouped(text: string): string {
  const credits = parseCredits(text);
  return credits.ok ? formatCredits(credits.value) : text;
}

/** `credits allocate --file FILE`: checks the file, and adds its credits as one batch. */
async function allocateFile(
  cli: Cli,
  { file, id, isNamed, dryRun }: { file: string; id: string; isNamed: boolean; dryRun: boolean },
): Promise<void> {
  const bytes = readInputFile(cli.fileOf(file));
  const result = await importAllocationsFile(bytes, operator, { requestId: id, again: isNamed, dryRun });
  const { report } = result;
  if (!result.ok && result.code === "idempotency_conflict") {
    throw new CliRefusal(
      `The id ${id} was already used for something else, which was recorded.`,
      result.code,
    );
  }
  if (!result.ok && report) throw importRefusal({ ...result, report });
  const { batch, isRepeat } = accepted(result);
  if (!report?.moved) {
    await cli.print({
      json: { id, batch, repeated: isRepeat, dryRun },
      text: `This file was already allocated under the id ${id}, so no credits moved this time.`,
    });
    return;
  }
  const { rows, moved } = report;
  const remarks = [
    ...fileRemarks(report),
    ...moved.pools.map(
      ({ name, available, after }) => `${name}: ${grouped(available)} → ${grouped(after)} available`,
    ),
  ];
  const credits = parseCredits(moved.total);
  const what = `${credits.ok ? creditsText(credits.value) : moved.total} for ${formatCount(rows)} ${rows === 1 ? "organization" : "organizations"}`;
  const did = dryRun ? "could be added" : `were added as batch #${batch}`;
  await cli.print({
    json: {
      id,
      batch,
      organizations: rows,
      credits: moved.total,
      pools: moved.pools,
      repeated: false,
      ...fileRemarksJson(report),
      dryRun,
    },
    text: [...remarks, `${what} ${did}.`].join("\n"),
  });
}
