import Link from "next/link";
import { Alert } from "#components/ui/alert.tsx";
import { Card } from "#components/ui/card.tsx";
import { Pagination } from "#components/ui/pagination.tsx";
import {
  type MoveKind,
  type MoveLine,
  type MovePlan,
  remarkOf,
  type Split,
} from "#lib/batches/rules/credits.ts";
import { formatCount, formatCredits } from "#lib/credits.ts";

/** How many organizations a page of the preview has. */
export const PREVIEW_PAGE_SIZE = 100;

const sign = (amount: bigint) =>
  amount > 0n ? `+${formatCredits(amount)}` : formatCredits(amount).replace("-", "−");

/** The pools that a move draws from, before and after. */
export function PoolsPreview({ pools }: { pools: MovePlan["pools"] }) {
  return (
    <table className="figures w-full text-left">
      <caption className="sr-only">Pools</caption>
      <thead className="text-[0.8125rem] text-muted">
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
            <th scope="row" className="py-1.5 pr-3 font-medium wrap-anywhere">
              {pool.name}
            </th>
            <td className="py-1.5 pr-3 text-right">{formatCredits(pool.available)}</td>
            <td className="py-1.5 pr-3 text-right">{sign(pool.change)}</td>
            <td className={`py-1.5 text-right ${pool.isShort ? "font-medium text-danger" : ""}`}>
              {pool.isShort ? `short by ${formatCredits(-pool.after)}` : formatCredits(pool.after)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
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
  const pages = Math.max(1, Math.ceil(lines.length / PREVIEW_PAGE_SIZE));
  const shown = Math.min(page, pages);
  return (
    <>
      <section
        aria-label="Preview of each organization"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
        tabIndex={0}
        className="relative overflow-x-auto rounded-lg border border-line bg-surface shadow-card"
      >
        <table className="figures w-full text-left text-[0.8125rem]">
          <thead className="text-muted">
            <tr>
              <th scope="col" className="px-3 py-2 font-normal">
                Organization
              </th>
              {split === "member" && (
                <th scope="col" className="px-3 py-2 text-right font-normal">
                  Active members
                </th>
              )}
              <th scope="col" className="px-3 py-2 text-right font-normal">
                Balance
              </th>
              <th scope="col" className="px-3 py-2 text-right font-normal">
                Change
              </th>
              <th scope="col" className="px-3 py-2 text-right font-normal">
                After
              </th>
              <th scope="col" className="px-3 py-2 font-normal">
                Remark
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.slice((shown - 1) * PREVIEW_PAGE_SIZE, shown * PREVIEW_PAGE_SIZE).map((line) => (
              <tr key={line.id} className="border-t border-line">
                <th scope="row" className="min-w-40 px-3 py-2 font-medium">
                  <Link
                    href={`/organizations/${encodeURIComponent(line.code)}`}
                    prefetch={false}
                    className="rounded-sm wrap-anywhere hover:underline"
                  >
                    {line.name}
                  </Link>
                  <span className="block font-mono text-xs font-normal break-all text-muted">
                    {line.code}
                  </span>
                </th>
                {split === "member" && (
                  <td className="px-3 py-2 text-right">{formatCount(line.activeMembers)}</td>
                )}
                <td className="px-3 py-2 text-right">{formatCredits(line.balance)}</td>
                <td className="px-3 py-2 text-right whitespace-nowrap">
                  {sign(move === "allocation" ? line.amount : -line.amount)}
                </td>
                <td className={`px-3 py-2 text-right ${line.isShort ? "text-danger" : ""}`}>
                  {line.isShort ? "–" : formatCredits(line.after)}
                </td>
                <td className={`px-3 py-2 ${line.isShort ? "font-medium text-danger" : "text-muted"}`}>
                  {remarkOf(move, split, line)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {pages > 1 && (
        <Pagination
          page={shown}
          pages={pages}
          total={lines.length}
          pageSize={PREVIEW_PAGE_SIZE}
          href={href}
        />
      )}
    </>
  );
}

/** A card with what a change of several rows would do. */
export function PreviewCard({ isChanged, children }: { isChanged: boolean; children: React.ReactNode }) {
  return (
    <Card className="grid gap-4">
      {isChanged && (
        <Alert tone="warning">Something has changed since the last preview. Check the new figures.</Alert>
      )}
      {children}
    </Card>
  );
}
