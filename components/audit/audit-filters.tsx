"use client";

import { useRouter } from "next/navigation";
import { type ChangeEvent, useTransition } from "react";
import { FILTER_CONTROL, FilterDay, FilterField, FilterForm, useTyped } from "#components/ui/filter-form.tsx";
import {
  ACTION_CHOICES,
  type AuditActor,
  type AuditView,
  actorText,
  auditHref,
  auditSearchParams,
  SUBJECT_CHOICES,
} from "#lib/audit/search-params.ts";
import { isoDay, parseIsoDay } from "#lib/transactions/rules.ts";
import { actionWords, subjectKindWords } from "./words.ts";

type Typed = { q: string; from: string; to: string };

/**
 * The filters of the audit. The URL is the only state; selects apply at once, what is typed by Enter or "Apply", and
 * with JavaScript off the form sends the same URL.
 */
export function AuditFilters({
  view,
  actors,
}: {
  view: AuditView;
  actors: readonly { actor: AuditActor; label: string }[];
}) {
  const router = useRouter();
  const [pending, startTransition] = useTransition();
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
    startTransition(() => router.push(auditHref(view, next), { scroll: false }));
  };
  const type = (field: keyof Typed) => (value: string) => setTyped({ ...typed, [field]: value });
  // A select's value is what the URL says of it, so the codec reads it.
  const select = (field: "actor" | "action" | "kind") => ({
    name: field,
    onChange: (event: ChangeEvent<HTMLSelectElement>) =>
      go({ [field]: auditSearchParams.decode({ [field]: event.target.value })[field] }),
    className: FILTER_CONTROL,
  });
  const chosen = view.actor === null ? "" : actorText(view.actor);
  const listed = actors.map(({ actor, label }) => ({ value: actorText(actor), label }));
  listed.push(
    { value: "operator", label: "The command line" },
    { value: "system", label: "The portal itself" },
  );
  // Somebody beyond the first few hundred, or who never was.
  if (chosen !== "" && !listed.some(({ value }) => value === chosen))
    listed.push({ value: chosen, label: chosen });

  return (
    <FilterForm path="/audit" pending={pending} clear={auditHref(view) !== "/audit"} onApply={() => go({})}>
      <FilterDay label="From" name="from" value={typed.from} onType={type("from")} />
      <FilterDay label="To" name="to" value={typed.to} onType={type("to")} />
      <FilterField label="Who">
        <select {...select("actor")} value={chosen}>
          <option value="">Everybody</option>
          {listed.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </FilterField>
      <FilterField label="Action">
        <select {...select("action")} value={view.action === "all" ? "" : view.action}>
          {ACTION_CHOICES.map((action) => (
            <option key={action} value={action === "all" ? "" : action}>
              {action === "all" ? "All" : actionWords(action)}
            </option>
          ))}
        </select>
      </FilterField>
      <FilterField label="Kind of thing">
        <select {...select("kind")} value={view.kind === "all" ? "" : view.kind}>
          {SUBJECT_CHOICES.map((kind) => (
            <option key={kind} value={kind === "all" ? "" : kind}>
              {kind === "all" ? "All" : subjectKindWords(kind)}
            </option>
          ))}
        </select>
      </FilterField>
      <FilterField label="What changed">
        <input
          type="text"
          name="q"
          value={typed.q}
          onChange={(event) => type("q")(event.target.value)}
          className={FILTER_CONTROL}
          placeholder="Whole code, name or e-mail"
          autoComplete="off"
          spellCheck={false}
          maxLength={254}
        />
      </FilterField>
    </FilterForm>
  );
}
