"use client";

import { useRouter } from "next/navigation";
import { type ChangeEvent, useOptimistic, useTransition } from "react";
import { FILTER_CONTROL, FilterDay, FilterField, FilterForm, useTyped } from "#components/ui/filter-form.tsx";
import {
  type AuditActor,
  type AuditView,
  actorText,
  auditChoices,
  auditHref,
  auditSearchParams,
} from "#lib/audit/search-params.ts";
import { isoDay, parseIsoDay } from "#lib/calendar.ts";
import { actionWords, subjectKindWords } from "./words.ts";

type Typed = { q: string; from: string; to: string };

/**
 * The filters of the audit. The URL is the only state; selects apply at once, what is typed by Enter or "Apply", and
 * with JavaScript off the form sends the same URL.
 */
export function AuditFilters({
  view,
  actors,
  ofEnterprise,
}: {
  view: AuditView;
  actors: readonly { actor: AuditActor; label: string }[];
  /** Whether the reader sees the changes of the whole enterprise. */
  ofEnterprise: boolean;
}) {
  const router = useRouter();
  const [pending, startTransition] = useTransition();
  // What was chosen last, also before its page has come; the next choice builds on it.
  const [chosen, choose] = useOptimistic(view);
  const shown: Typed = {
    q: view.q,
    from: view.from === null ? "" : isoDay(view.from),
    to: view.to === null ? "" : isoDay(view.to),
  };
  const [typed, setTyped] = useTyped(shown);

  const go = (change: Partial<AuditView>) => {
    const next = {
      q: typed.q.trim(),
      from: parseIsoDay(typed.from) ?? null,
      to: parseIsoDay(typed.to) ?? null,
      ...change,
    };
    startTransition(() => {
      choose({ ...chosen, ...next });
      router.push(auditHref(chosen, next), { scroll: false });
    });
  };
  const type = (field: keyof Typed) => (value: string) => setTyped({ ...typed, [field]: value });
  // A select has the value that the URL has, so the codec reads it.
  const select = (field: "actor" | "action" | "kind") => ({
    name: field,
    onChange: (event: ChangeEvent<HTMLSelectElement>) =>
      go({ [field]: auditSearchParams.decode({ [field]: event.target.value })[field] }),
    className: FILTER_CONTROL,
  });
  const { kinds, actions } = auditChoices(ofEnterprise);
  const actor = chosen.actor === null ? "" : actorText(chosen.actor);
  const listed = actors.map(({ actor, label }) => ({ value: actorText(actor), label }));
  listed.push({ value: "operator", label: "Command line" }, { value: "system", label: "System" });
  // An actor who is not in the list: after the first few hundred, or unknown.
  if (actor !== "" && !listed.some(({ value }) => value === actor)) {
    listed.push({ value: actor, label: actor });
  }

  return (
    <FilterForm path="/audit" pending={pending} clear={auditHref(view) !== "/audit"} onApply={() => go({})}>
      <FilterDay label="From" name="from" value={typed.from} onType={type("from")} />
      <FilterDay label="To" name="to" value={typed.to} onType={type("to")} />
      <FilterField label="Who">
        <select {...select("actor")} value={actor}>
          <option value="">Anyone</option>
          {listed.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </FilterField>
      <FilterField label="Action">
        <select {...select("action")} value={chosen.action === "all" ? "" : chosen.action}>
          {actions.map((action) => (
            <option key={action} value={action === "all" ? "" : action}>
              {action === "all" ? "All" : actionWords(action)}
            </option>
          ))}
        </select>
      </FilterField>
      <FilterField label="Type">
        <select {...select("kind")} value={chosen.kind === "all" ? "" : chosen.kind}>
          {kinds.map((kind) => (
            <option key={kind} value={kind === "all" ? "" : kind}>
              {kind === "all" ? "All" : subjectKindWords(kind)}
            </option>
          ))}
        </select>
      </FilterField>
      <FilterField label="Object">
        <input
          type="text"
          name="q"
          value={typed.q}
          onChange={(event) => type("q")(event.target.value)}
          className={FILTER_CONTROL}
          placeholder="Exact code, name or email"
          autoComplete="off"
          spellCheck={false}
          maxLength={254}
        />
      </FilterField>
    </FilterForm>
  );
}
