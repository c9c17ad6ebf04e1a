import { formatCount, formatCredits, parseCredits } from "#lib/credits.ts";
import type { MovedReport } from "#lib/imports/rules.ts";
import { type MoneyByType, NOW, worthOf } from "#lib/worth.ts";
import { PoolsPreview } from "./move-preview.tsx";
import { PreviewTable } from "./preview-table.tsx";

/** The micro-credits of a report's plain decimal, which may be negative. */
function micro(text: string): bigint {
  const isNegative = text.startsWith("-");
  const credits = parseCredits(isNegative ? text.slice(1) : text);
  if (!credits.ok) return 0n;
  return isNegative ? -credits.value : credits.value;
}

const shown = (text: string) => formatCredits(micro(text));

/** What a file of allocations would move: its pools, and its first rows with the balances at the time of the check. */
export function MovedReportView({
  moved,
  rows,
  hasErrors,
  creditTypes,
  money,
}: {
  moved: MovedReport;
  rows: number;
  /** Whether rows of the file have errors. */
  hasErrors: boolean;
  /** The report names its pools by the names of their credit types. */
  creditTypes: readonly { id: number; name: string }[];
  money: MoneyByType;
}) {
  if (moved.lines.length === 0) return null;
  // A type that has another name by now has an id of none, and so no worth.
  const idOf = (name: string, index: number) =>
    creditTypes.find((type) => type.name === name)?.id ?? -1 - index;
  const worth = worthOf(
    money,
    moved.pools.map(({ name, change }, index) => ({
      creditTypeId: idOf(name, index),
      micro: -micro(change),
    })),
    NOW,
  );
  return (
    <section aria-label="What would move" className="grid grid-cols-1 gap-4">
      <p className="figures font-medium">
        {shown(moved.total)} credits in all.
        {worth && <span className="block text-xs font-normal text-muted">= {worth}</span>}
      </p>
      <PoolsPreview
        money={money}
        pools={moved.pools.map(({ name, available, change, after }, index) => ({
          id: idOf(name, index),
          name,
          available: micro(available),
          change: micro(change),
          after: micro(after),
          isShort: after.startsWith("-"),
        }))}
      />
      <PreviewTable
        label="Preview of each organization"
        subject="Organization"
        columns={["Line", "Balance", "Change", "After"]}
        rows={moved.lines}
        read={({ line, name, code, before, amount, after, note }) => ({
          id: line,
          name,
          code,
          values: [formatCount(line), shown(before), `+${shown(amount)}`, shown(after)],
          remark: note,
          isShort: false,
        })}
      />
      {rows > moved.lines.length && (
        <p className="text-[0.8125rem] text-muted">
          {hasErrors
            ? "Rows without an organization or an amount are left out."
            : `The first ${formatCount(moved.lines.length)} of ${formatCount(rows)} rows are shown.`}
        </p>
      )}
    </section>
  );
}
