/** The markup of the product's card, written by hand. A test compares it with the product's. */
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
          <h3 className="leading-snug font-semibold wrap-anywhere">
            <a href={`/organizations/${card.code}`} className="rounded-sm hover:underline">
              {card.name}
            </a>
          </h3>
          <p className="mt-0.5 font-mono text-xs break-all text-muted">{card.code}</p>
        </div>
        <span className="badge bg-success-soft text-success">Active</span>
        <button
          type="button"
          popoverTarget={`menu-${card.id}`}
          aria-label={`Actions for ${card.name}`}
          className="more"
        >
          ⋯
        </button>
        <div id={`menu-${card.id}`} popover="auto" className="menu">
          <a href={`/organizations/${card.code}/credits/add?back=%2Forganizations`}>Add credits</a>
          <a href={`/organizations/${card.code}/credits/return?back=%2Forganizations`}>Return credits</a>
          <a href={`/organizations/${card.code}/settings`}>Settings</a>
          <button type="submit" form="organization-status" name="only" value={`deactivate-${card.id}`}>
            Deactivate
            <span className="sr-only"> {card.name}</span>
          </button>
        </div>
      </header>
      <dl>
        <div>
          <dt>Members</dt>
          <dd>{card.members}</dd>
        </div>
        <div>
          <dt>Credit Balance</dt>
          <dd>{card.balance}</dd>
          <dd>S$2,774.52</dd>
        </div>
        <div>
          <dt>Runs out</dt>
          <dd>
            <span title="24/11/2028">729 days</span>
          </dd>
        </div>
        <div>
          <dt>Total Spent Credits</dt>
          <dd>{card.spent}</dd>
        </div>
        <div>
          <dt>Spent 30 d</dt>
          <dd>1.5</dd>
        </div>
        <div>
          <dt>Credit Type</dt>
          <dd>Global Credits</dd>
        </div>
        <div>
          <dt>Monthly Allowance per Member</dt>
          <dd>500 credits</dd>
        </div>
      </dl>
      <footer className="mt-auto pt-3 text-[0.8125rem] text-muted">
        Created <time dateTime="2025-11-24T21:49:14.597Z">24/11/2025</time>
      </footer>
    </article>
  );
}
