import { Badge } from "#components/ui/badge.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import type { RuleItem } from "#lib/alerts/queries/rules.ts";
import { ruleText } from "#lib/alerts/rules/words.ts";
import { formatCount } from "#lib/credits.ts";

/** What a rule applies to: "Everything", an organization or a tag. */
export function ruleScopeText({ organization, tag }: Pick<RuleItem, "organization" | "tag">): string {
  if (organization) return `Only ${organization.name} (${organization.code})`;
  return tag === null ? "Everything" : `Organizations with ${tag}`;
}

/** The rules of the enterprise. */
export function RuleList({ rules }: { rules: readonly RuleItem[] }) {
  return (
    <ul className="divide-y divide-line" aria-label="Alert rules">
      {rules.map((rule) => (
        <li key={rule.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2.5">
          <div className="min-w-0 flex-1 basis-60">
            <p className="font-medium wrap-anywhere">{ruleText(rule)}</p>
            <p className="text-[0.8125rem] wrap-anywhere text-muted">{ruleScopeText(rule)}</p>
          </div>
          {rule.unresolved > 0 && (
            <span className="figures text-[0.8125rem] text-muted">
              {formatCount(rule.unresolved)} {rule.unresolved === 1 ? "alert" : "alerts"}
            </span>
          )}
          <Badge tone={rule.enabled ? "green" : "gray"}>{rule.enabled ? "On" : "Off"}</Badge>
          <SoftLink href={`/settings/alerts/${rule.id}`} className={buttonClass({ size: "sm" })}>
            Change<span className="sr-only"> {ruleText(rule)}</span>
          </SoftLink>
        </li>
      ))}
    </ul>
  );
}
