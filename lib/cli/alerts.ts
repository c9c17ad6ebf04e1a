import { acknowledgeAlerts } from "#lib/alerts/commands/inbox.ts";
import { alertFilter, alertPieces } from "#lib/alerts/queries/list.ts";
import type { AlertItem } from "#lib/alerts/rules/item.ts";
import { ALERT_KIND_NAMES, ALERT_KINDS, ALERT_STATES } from "#lib/alerts/rules/kinds.ts";
import { figuresText, ruleText, subjectText } from "#lib/alerts/rules/words.ts";
import { alertsSearchParams } from "#lib/alerts/search-params.ts";
import { formatCount, plainCredits } from "#lib/credits.ts";
import { idList } from "#lib/fields.ts";
import { addFilters, assertFound, viewOf } from "./filters.ts";
import { accepted, type Cli, everything, operator, typed } from "./support.ts";

/** How many alerts one call lists. */
const LISTED = 500;

/** An alert as `--json` prints it. Credits are decimal text. */
function jsonOf(item: AlertItem) {
  const { unit } = ALERT_KINDS[item.kind];
  const figure = (value: bigint | null) =>
    value === null ? null : unit === "credits" || item.base !== null ? plainCredits(value) : Number(value);
  return {
    id: item.id,
    state: item.state,
    kind: item.kind,
    rule: ruleText(item),
    subject: subjectText(item),
    organization: item.organization?.code ?? null,
    member: item.member?.email ?? null,
    value: figure(item.value),
    limit: figure(item.limit),
    openedAt: item.openedAt.toISOString(),
    acknowledgedAt: item.acknowledgedAt?.toISOString() ?? null,
    acknowledgedBy: item.acknowledgedBy,
    resolvedAt: item.resolvedAt?.toISOString() ?? null,
    resolution: item.resolution,
  };
}

export function registerAlerts(cli: Cli): void {
  const list = cli.command("alerts list", `List alerts, newest first, up to ${LISTED} of them`);
  addFilters(list, alertsSearchParams, {
    state: ALERT_STATES.join(", "),
    kind: ["all", ...ALERT_KIND_NAMES].join(", "),
    organization: "an organization's code",
  });
  list.action(async (options: Record<string, unknown>) => {
    const view = viewOf(alertsSearchParams, options);
    const filter = alertFilter(everything, view);
    assertFound({ ...view, member: "" }, { ...filter, member: null });
    const [items = []] = alertPieces(filter, LISTED);
    await cli.print({
      json: { alerts: items.map(jsonOf) },
      text:
        items.length === 0
          ? `No alert is ${view.state}.`
          : items
              .map(
                (item) =>
                  `${item.id}  ${item.openedAt.toISOString()}  ${subjectText(item)}: ${ruleText(item)}. ${figuresText(item)}.`,
              )
              .join("\n"),
    });
  });

  cli
    .command("alerts ack", "Acknowledge open alerts: somebody looks after them")
    .argument(
      "<IDS>",
      "the ids of alerts, as `alerts list` prints them, separated by commas",
      typed(idList("alerts")),
    )
    .action(async (ids: number[]) => {
      const { changed } = accepted(await acknowledgeAlerts({ ids }, operator));
      await cli.print({
        json: { acknowledged: changed },
        text: `${formatCount(changed)} ${changed === 1 ? "alert was" : "alerts were"} acknowledged.`,
      });
    });
}
