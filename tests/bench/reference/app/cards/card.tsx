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
    <article>
      <header>
        <input
          type="checkbox"
          form="organization-status"
          name="id"
          value={card.id}
          aria-label={`Select ${card.name}`}
          className="select-box"
        />
        <div>
          <h3>
            <a href={`/organizations/${card.code}`}>{card.name}</a>
          </h3>
          <p>{card.code}</p>
        </div>
        <span className="badge badge-green">Active</span>
        <button
          type="submit"
          form="organization-status"
          formAction={`/organizations/${card.code}`}
          name="menu"
          value={card.id}
          aria-label={`Actions for ${card.name}`}
          className="more"
        >
          ⋯
        </button>
      </header>
      <dl>
        <div>
          <dt>Members</dt>
          <dd>{card.members}</dd>
        </div>
        <div>
          <dt>Credit Balance</dt>
          <dd>{card.balance}</dd>
        </div>
        <div className="below">
          <dt>Worth</dt>
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
      <footer>
        <p>
          Created <time dateTime="2025-11-24T21:49:14.597Z">24/11/2025</time>
        </p>
      </footer>
    </article>
  );
}
