import { buttonClass } from "#components/ui/button.tsx";
import { Form } from "#components/ui/form.tsx";
import type { RuleItem } from "#lib/alerts/queries/rules.ts";
import { ruleText } from "#lib/alerts/rules/words.ts";
import type { FormAction } from "#lib/form-state.ts";
import { ruleScopeText } from "./rule-list.tsx";

/** The rules that the user has muted, also those without an alert at present, each with a button that ends it. */
export function MutedRules({
  rules,
  back,
  mute,
}: {
  rules: readonly RuleItem[];
  /** The address of this view, where the form leads back to. */
  back: string;
  mute: FormAction;
}) {
  if (rules.length === 0) return null;
  return (
    <section aria-labelledby="muted-rules" className="mt-6">
      <h2 id="muted-rules" className="mb-2 text-base font-semibold">
        Rules that you have muted
      </h2>
      <Form action={mute} back={back} stays className="printed-form">
        <ul className="divide-y divide-line rounded-lg border border-line bg-surface shadow-card">
          {rules.map((rule) => (
            <li key={rule.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 sm:px-4">
              <div className="min-w-0 flex-1 basis-60">
                <p className="wrap-anywhere">{ruleText(rule)}</p>
                <p className="text-[0.8125rem] wrap-anywhere text-muted">{ruleScopeText(rule)}</p>
              </div>
              <button
                type="submit"
                name="unmute"
                value={rule.id}
                className={buttonClass({ variant: "ghost", size: "sm" })}
              >
                Unmute<span className="sr-only"> {ruleText(rule)}</span>
              </button>
            </li>
          ))}
        </ul>
      </Form>
    </section>
  );
}
