const ROW = "flex justify-between gap-3";
const FIGURE = "figures shrink-0 text-right font-medium";

/** The markup of the product's card, written by hand. A test holds it to the product's own. */
export function ReferenceCard(card: {
  id: string;
  name: string;
  code: string;
  members: string;
  balance: string;
  spent: string;
}) {
  return (
    <article className="relative flex flex-col rounded-lg border border-line bg-surface p-4 shadow-card has-checked:border-accent">
      <header className="mb-3 flex items-start gap-2.5">
        <input
          type="checkbox"
          form="organization-status"
          name="id"
          value={card.id}
          aria-label={`Select ${card.name}`}
          className="mt-0.5 size-4 shrink-0 accent-accent"
        />
        <div className="min-w-0 flex-1">
          <h3 className="leading-snug font-semibold break-words">
            <a href={`/organizations/${card.code}`} className="rounded-sm hover:underline">
              {card.name}
            </a>
          </h3>
          <p className="mt-0.5 font-mono text-xs break-all text-muted">{card.code}</p>
        </div>
        <span className="inline-flex shrink-0 items-center rounded-full px-2 py-0.5 text-xs font-medium bg-success-soft text-success">
          Active
        </span>
      </header>
      <dl className="grid gap-1.5 text-[0.8125rem]">
        <div className={ROW}>
          <dt className="text-muted">Members</dt>
          <dd className={FIGURE}>{card.members}</dd>
        </div>
        <div className={ROW}>
          <dt className="text-muted">Credit Balance</dt>
          <dd className={FIGURE}>{card.balance}</dd>
        </div>
        <div className={ROW}>
          <dt className="text-muted">Total Spent Credits</dt>
          <dd className={FIGURE}>{card.spent}</dd>
        </div>
        <div className={ROW}>
          <dt className="text-muted">Credit Type</dt>
          <dd className={FIGURE}>
            <span title="Global Credits">EUR</span>
          </dd>
        </div>
        <div className={ROW}>
          <dt className="text-muted">Monthly Allowance per Member</dt>
          <dd className={FIGURE}>
            <span className="whitespace-nowrap">500 credits</span>
          </dd>
        </div>
      </dl>
      <footer className="mt-auto flex items-center justify-between gap-2 pt-3">
        <p className="text-[0.8125rem] text-muted">
          Created <time dateTime="2025-11-24T21:49:14.597Z">24/11/2025</time>
        </p>
        <button
          type="submit"
          form="organization-status"
          name="only"
          value={`deactivate-${card.id}`}
          className="inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap transition-colors disabled:opacity-60 disabled:cursor-not-allowed aria-disabled:opacity-60 bg-surface text-danger border-line hover:bg-danger-soft h-8 px-2.5 text-[0.8125rem] "
        >
          Deactivate
          <span className="sr-only"> {card.name}</span>
        </button>
      </footer>
    </article>
  );
}
