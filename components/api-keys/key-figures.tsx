import { actorWords } from "#components/audit/words.ts";
import { Figure, FigureList } from "#components/ui/figure-list.tsx";
import type { ApiKeyListItem } from "#lib/api-keys/queries.ts";
import type { KeySpending } from "#lib/api-keys/usage.ts";
import type { AuditItem } from "#lib/audit/queries.ts";
import { firstDay, monthOf } from "#lib/calendar.ts";
import { formatCount, formatCredits } from "#lib/credits.ts";
import type { Settings } from "#lib/settings/queries.ts";
import { formatDate, formatDateTime, startOfDay } from "#lib/time.ts";
import { EVER, type MoneyByType, worthOf } from "#lib/worth.ts";
import { LastDay } from "./api-key-list.tsx";

/** What an API key spent and when it was used, created and revoked. */
export function KeyFigures({
  apiKey: key,
  spending,
  money,
  changes,
  today,
  settings,
}: {
  apiKey: ApiKeyListItem;
  spending: readonly KeySpending[];
  money: MoneyByType;
  changes: readonly AuditItem[];
  today: number;
  settings: Settings;
}) {
  const created = changes.find(({ action }) => action === "api_key.created");
  const month = monthOf(today);
  const ofMonth = (days: KeySpending["days"]) =>
    days.reduce((sum, { day, spent }) => (monthOf(day) === month ? sum + spent : sum), 0n);
  // Credits of several types have no common sum.
  const sums = (amount: (one: KeySpending) => bigint) =>
    spending.length === 0 ? (
      "0"
    ) : (
      <ul>
        {spending.map((one) => (
          <li key={one.creditType.id}>
            {formatCredits(amount(one))}
            {spending.length > 1 && <span className="font-normal text-muted"> {one.creditType.name}</span>}
          </li>
        ))}
      </ul>
    );
  const worth = (amount: (one: KeySpending) => bigint, since: number) => {
    const amounts = spending.map((one) => ({ creditTypeId: one.creditType.id, micro: amount(one) }));
    const text = worthOf(money, amounts, since);
    return text && `= ${text}`;
  };
  const date = (at: Date) => <time dateTime={at.toISOString()}>{formatDate(at, settings)}</time>;
  return (
    <FigureList>
      <Figure
        label="Spent this month"
        note={worth(({ days }) => ofMonth(days), startOfDay(firstDay(month), settings.timeZone).getTime())}
      >
        {sums(({ days }) => ofMonth(days))}
      </Figure>
      <Figure label="Spent in total" note={worth(({ spent }) => spent, EVER)}>
        {sums(({ spent }) => spent)}
      </Figure>
      <Figure label="Events">{formatCount(spending.reduce((sum, { events }) => sum + events, 0))}</Figure>
      <Figure label="Last used">
        {key.lastUsedAt ? (
          <time dateTime={key.lastUsedAt.toISOString()}>{formatDateTime(key.lastUsedAt, settings)}</time>
        ) : (
          <span className="font-normal text-muted">Never</span>
        )}
      </Figure>
      <Figure label="Created" note={created && `by ${actorWords(created)}`}>
        {date(key.createdAt)}
      </Figure>
      {key.revokedAt ? (
        <Figure label="Revoked">{date(key.revokedAt)}</Figure>
      ) : (
        <Figure label="Expires">
          <LastDay at={key.expiresAt} calendar={settings} />
        </Figure>
      )}
    </FigureList>
  );
}
