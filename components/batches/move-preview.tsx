import type { ReactNode } from "react";
import { Alert } from "#components/ui/alert.tsx";
import { Card } from "#components/ui/card.tsx";
import {
  type MoveKind,
  type MoveLine,
  type MovePlan,
  remarkOf,
  type Split,
} from "#lib/batches/rules/credits.ts";
import { formatCount, formatCredits, signedCredits } from "#lib/credits.ts";
import { type MoneyByType, NOW, worthOf } from "#lib/worth.ts";
import { PreviewTable } from "./preview-table.tsx";

const AMOUNT = "py-1.5 pr-3 text-right whitespace-nowrap align-top";

/** The pools that a move draws from, before and after. */
export function PoolsPreview({
  pools,
  money,
}: {
  pools: MovePlan["pools"];
  /** For what the change is worth. */
  money: MoneyByType;
}) {
  const worthOfChange = ({ id, change }: MovePlan["pools"][number]) =>
    worthOf(money, [{ creditTypeId: id, micro: change < 0n ? -change : change }], NOW);
  return (
    <section
      aria-label="Pools"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
      tabIndex={0}
      className="overflow-x-auto"
    >
      <table className="figures w-full text-left text-[0.8125rem]">
        <thead className="text-muted">
          <tr>
            <th scope="col" className="py-1 pr-3 font-normal">
              Pool
            </th>
            <th scope="col" className="py-1 pr-3 text-right font-normal">
              Available
            </th>
            <th scope="col" className="py-1 pr-3 text-right font-normal">
              Change
            </th>
            <th scope="col" className="py-1 text-right font-normal">
              After
            </th>
          </tr>
        </thead>
        <tbody>
          {pools.map((pool) => (
            <tr key={pool.id} className="border-t border-line">
              <th scope="row" className="min-w-28 py-1.5 pr-3 align-top font-medium wrap-anywhere">
                {pool.name}
              </th>
              <td className={AMOUNT}>{formatCredits(pool.available)}</td>
              <td className={AMOUNT}>
                {signedCredits(pool.change)}
                {worthOfChange(pool) && (
                  <span className="block text-xs text-muted">= {worthOfChange(pool)}</span>
                )}
              </td>
              <td className={`py-1.5 text-right align-top ${pool.isShort ? "font-medium text-danger" : ""}`}>
                {pool.isShort ? `short by ${formatCredits(-pool.after)}` : formatCredits(pool.after)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What a move would do to each organization, a page of it. */
export function LinesPreview({
  move,
  split,
  lines,
  page,
  href,
}: {
  move: MoveKind;
  split: Split;
  lines: readonly MoveLine[];
  page: number;
  href: (page: number) => string;
}) {
  const ofMembers = split === "member";
  return (
    <PreviewTable
      label="Preview of each organization"
      subject="Organization"
      columns={[...(ofMembers ? ["Active members"] : []), "Balance", "Change", "After"]}
      rows={lines}
      pages={{ current: page, href }}
      read={(line) => ({
        id: line.id,
        name: line.name,
        code: line.code,
        values: [
          ...(ofMembers ? [formatCount(line.activeMembers)] : []),
          formatCredits(line.balance),
          signedCredits(move === "allocation" ? line.amount : -line.amount),
          line.isShort ? "–" : formatCredits(line.after),
        ],
        remark: remarkOf(move, split, line),
        isShort: line.isShort,
      })}
    />
  );
}

/** A card with what a change of several rows would do. */
export function PreviewCard({ isChanged, children }: { isChanged: boolean; children: ReactNode }) {
  return (
    <Card className="grid grid-cols-1 gap-4">
      {isChanged && (
        <Alert tone="warning">Something has changed since the last preview. Check the new figures.</Alert>
      )}
      {children}
    </Card>
  );
}
