"use client";

import { Icon } from "#components/ui/icon.tsx";
import { Metric } from "#components/ui/metric.tsx";
import { formatCount, formatCredits, formatWholeCredits } from "#lib/credits.ts";
import type { CreditTypeTotals, OrganizationTotals } from "#lib/organizations/queries/totals.ts";

/** What the balance and the spending of each credit type are worth, by its row id. See `totals-worth.ts`. */
export type TotalsWorth = ReadonlyMap<number, { balance: string | null; spent: string | null }>;

/** The four figures of everything that the user may see. The filters of the list do not change them. */
export function OrganizationMetrics({
  totals,
  byCreditType,
  worth,
  isPart,
  isPrinted = false,
}: {
  totals: OrganizationTotals;
  worth: TotalsWorth;
  byCreditType: readonly CreditTypeTotals[];
  /** Whether that is a part of the enterprise, which the figures then tell. */
  isPart: boolean;
  /** Whether nobody can open the breakdown, which is then left out where the cards have every type. */
  isPrinted?: boolean;
}) {
  const many =
    totals.organizations === 1 ? "organization" : `${formatCount(totals.organizations)} organizations`;
  const place = isPart ? ` in your ${many}` : "";
  const hidden = byCreditType.length - SHOWN_TYPES;
  const others = hidden > 0 ? `and ${hidden} more credit ${hidden === 1 ? "type" : "types"}` : null;
  // Money of several types is in the line of each.
  const only = byCreditType.length === 1 ? byCreditType[0] : undefined;
  const inactive = totals.organizations - totals.activeOrganizations;
  return (
    <section aria-label="Metrics" className="mb-6">
      <dl className="metrics">
        <Metric
          label="Total Organizations"
          icon={<Icon name="building-complex" />}
          figure={formatCount(totals.organizations)}
          words={`${totals.organizations === 1 ? "organization" : "organizations"} (${formatCount(totals.activeOrganizations)} active)`}
          parts={partsOf(byCreditType, "organizations")}
          otherParts={others}
          hidesPartsOnPhones
          note={`${formatCount(inactive)} inactive`}
        />
        <Metric
          label="Total Members"
          icon={<Icon name="users" />}
          figure={formatCount(totals.members)}
          words={`${totals.members === 1 ? "total member" : "total members"}${place}`}
          parts={partsOf(byCreditType, "members")}
          otherParts={others}
          hidesPartsOnPhones
          note="Counted once per organization"
        />
        <Metric
          label="Total Credits Balance"
          icon={<Icon name="coins" />}
          figure={formatWholeCredits(totals.balance)}
          exact={formatCredits(totals.balance)}
          words={`total credits balance${place}`}
          worth={only && worth.get(only.id)?.balance}
          parts={amountsOf(byCreditType, "balance", worth)}
          otherParts={others}
        />
        <Metric
          label="Total Spent Credits"
          icon={<Icon name="trending-down" />}
          figure={formatWholeCredits(totals.spent)}
          exact={formatCredits(totals.spent)}
          words={`total spent credits${place}`}
          worth={only && worth.get(only.id)?.spent}
          parts={amountsOf(byCreditType, "spent", worth)}
          otherParts={others}
        />
      </dl>
      {byCreditType.length > (isPrinted ? SHOWN_TYPES : 1) && (
        <Breakdown byCreditType={byCreditType} isOpen={isPrinted} />
      )}
    </section>
  );
}

/** How many credit types have a line of their own in a card. The others are in the breakdown below. */
const SHOWN_TYPES = 4;

/** A line for each credit type, because credits of different types are different money. None where there is one type. */
function partsOf(byCreditType: readonly CreditTypeTotals[], key: "organizations" | "members") {
  return shownTypes(byCreditType).map((type) => {
    const figure = formatCount(type[key]);
    return { label: type.name, figure, exact: figure };
  });
}

/** {@link partsOf} of credits, with what they are worth. */
function amountsOf(byCreditType: readonly CreditTypeTotals[], key: "balance" | "spent", worth: TotalsWorth) {
  return shownTypes(byCreditType).map((type) => ({
    label: type.name,
    figure: formatWholeCredits(type[key]),
    exact: formatCredits(type[key]),
    worth: worth.get(type.id)?.[key] ?? null,
  }));
}

const shownTypes = (byCreditType: readonly CreditTypeTotals[]) =>
  byCreditType.length < 2 ? [] : byCreditType.slice(0, SHOWN_TYPES);

function Breakdown({ byCreditType, isOpen }: { byCreditType: readonly CreditTypeTotals[]; isOpen: boolean }) {
  return (
    <details open={isOpen} className="mt-2 rounded-lg border border-line bg-surface shadow-card">
      <summary className="rounded-lg px-4 py-2 text-[0.8125rem] font-medium text-muted hover:text-ink">
        By credit type
      </summary>
      <section
        aria-label="Metrics by credit type"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
        tabIndex={0}
        className="relative overflow-x-auto border-t border-line"
      >
        <table className="w-full text-left">
          <thead className="text-[0.8125rem] text-muted">
            <tr>
              {["Credit Type", "Organizations", "Active", "Members", "Credit Balance", "Spent Credits"].map(
                (heading, column) => (
                  <th
                    key={heading}
                    scope="col"
                    className={`px-4 py-2 font-medium whitespace-nowrap ${column > 0 ? "text-right" : ""}`}
                  >
                    {heading}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {byCreditType.map((type) => (
              <tr key={type.id} className="figures border-t border-line text-right">
                <th scope="row" className="px-4 py-2 text-left font-medium">
                  {type.name}
                </th>
                <td className="px-4 py-2">{formatCount(type.organizations)}</td>
                <td className="px-4 py-2">{formatCount(type.activeOrganizations)}</td>
                <td className="px-4 py-2">{formatCount(type.members)}</td>
                <td className="px-4 py-2">{formatCredits(type.balance)}</td>
                <td className="px-4 py-2">{formatCredits(type.spent)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
