import type { OrganizationRow } from "./organization-rows.ts";

// Whole names, because Tailwind finds them in this text.
const TONES = { danger: "font-semibold text-danger", warning: "text-warning" };

/** How long the balance lasts; the tooltip is the day on which it ends. */
export function RunsOut({
  organization: { runsOut, runsOutOn, urgency },
}: {
  organization: Pick<OrganizationRow, "runsOut" | "runsOutOn" | "urgency">;
}) {
  if (!urgency && !runsOutOn) return <span className="font-normal text-muted">{runsOut}</span>;
  return (
    <span className={urgency && TONES[urgency]} title={runsOutOn}>
      {runsOut}
    </span>
  );
}
