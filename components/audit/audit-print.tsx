import { printCell } from "#components/ui/print-cell.ts";
import { type PrintFrame, PrintPage } from "#components/ui/print-page.tsx";
import type { AuditItem } from "#lib/audit/queries.ts";
import type { AuditView } from "#lib/audit/search-params.ts";
import { formatDay } from "#lib/calendar.ts";
import type { PrintedRows } from "#lib/print.ts";
import { formatDateTime } from "#lib/time.ts";
import { actionWords, actorWords, type Difference, differencesOf, subjectKindWords } from "./words.ts";

const differenceText = ({ label, before, after }: Difference) =>
  `${label}: ${[before, after].filter((value) => value !== null).join(" → ")}`;

/** The audit to be printed. */
export function AuditPrint({
  frame,
  view: { q, action, kind, from, to },
  actor,
  list,
}: {
  frame: PrintFrame;
  view: AuditView;
  /** The name of the actor that the view filters by; null for anyone. */
  actor: string | null;
  list: PrintedRows<AuditItem>;
}) {
  const { dateFormat } = frame.settings;
  return (
    <PrintPage
      frame={frame}
      title="Audit"
      filters={[
        ...(from === null ? [] : [`From ${formatDay(from, dateFormat)}`]),
        ...(to === null ? [] : [`To ${formatDay(to, dateFormat)}`]),
        ...(actor === null ? [] : [`Who: ${actor}`]),
        ...(action === "all" ? [] : [`Action: ${actionWords(action)}`]),
        ...(kind === "all" ? [] : [`Type: ${subjectKindWords(kind)}`]),
        ...(q === "" ? [] : [`Object: ${q}`]),
      ]}
      order="Newest first"
      list={list}
      words={["change", "changes"]}
      columns={[{ label: "Date" }, { label: "Change" }, { label: "Values" }, { label: "Who" }]}
      rowsOf={(items) =>
        items.map((item) => ({
          id: item.id,
          cells: [
            formatDateTime(item.at, frame.settings),
            printCell(
              actionWords(item.action),
              [item.subject.label, item.subject.name].filter(Boolean).join(" "),
            ),
            differencesOf(item, frame.settings).map(differenceText).join("\n"),
            printCell(actorWords(item), item.address === null ? null : `from ${item.address}`),
          ],
        }))
      }
    />
  );
}
