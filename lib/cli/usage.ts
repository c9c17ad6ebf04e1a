import path from "node:path";
import { Option } from "commander";
import { creditsText, formatCount, plainCredits } from "#lib/credits.ts";
import { note } from "#lib/ledger/rules.ts";
import { importUsageFile, USAGE_COLUMNS } from "#lib/usage/import.ts";
import { reverseUsage } from "#lib/usage/reversals.ts";
import { eventId } from "#lib/usage/rules/event.ts";
import { columnsHelp, fileRemarks, fileRemarksJson, importRefusal } from "./import.ts";
import { type Cli, CliRefusal, readInputFile, typed } from "./support.ts";

export function registerUsage(cli: Cli): void {
  cli
    .command("import usage", "Record usage, all or nothing; rows that were recorded before are skipped")
    .argument("<FILE>", columnsHelp(USAGE_COLUMNS))
    .addOption(new Option("--mode <MODE>", "usage can only be added").choices(["add"]).default("add"))
    .option("--dry-run", "only check the file")
    .action(async (name: string, { dryRun = false }: { dryRun?: boolean }) => {
      const bytes = readInputFile(cli.fileOf(name));
      const fileName = path.basename(name);
      const result = await importUsageFile(bytes, { kind: "operator" }, { fileName, dryRun });
      const { rows, recorded, skipped } = result.report;
      if (!result.ok) throw importRefusal(result);
      const one = recorded === 1;
      const verb = dryRun ? "could be recorded" : one ? "was recorded" : "were recorded";
      await cli.print({
        json: {
          imported: dryRun ? 0 : recorded,
          rows,
          recorded,
          skipped,
          ...fileRemarksJson(result.report),
          dryRun,
        },
        text: [
          ...fileRemarks(result.report),
          `${formatCount(recorded)} ${one ? "event" : "events"} ${verb}; ${formatCount(skipped)} ${skipped === 1 ? "was" : "were"} already recorded.`,
        ].join("\n"),
      });
    });

  cli
    .command("usage reverse", "Take back a usage event: its credits and allowance are given back, once")
    .argument("<ID>", "the event's id", typed(eventId))
    .option("--organization <CODE>", "the organization, where several have an event of this id")
    .option("--source <SOURCE>", "the source of a CloudEvent", "")
    .option("--note <TEXT>", "a reason", typed(note))
    .action(async (id: string, options: { organization?: string; source: string; note?: string | null }) => {
      const { organization = null, source, note: words = null } = options;
      const result = await reverseUsage({ id, source, organization, note: words }, { kind: "operator" });
      if (!result.ok) throw new CliRefusal(result.message, result.code);
      const { status, credits, organization: of } = result.value;
      const summary = `${creditsText(credits)} of the event ${id} ${credits === 1_000_000n ? "was" : "were"} given back to ${of.code}`;
      await cli.print({
        json: {
          id,
          status,
          credits: plainCredits(credits),
          organization: { code: of.code, balance: plainCredits(of.balance) },
        },
        text:
          status === "reversed"
            ? `${summary}, whose balance is now ${creditsText(of.balance)}.`
            : `The event was already reversed: ${summary}.`,
      });
    });
}
