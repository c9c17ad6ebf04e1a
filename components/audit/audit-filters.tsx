"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { type ChangeEvent, useState, useTransition } from "react";
import { Button, buttonClass } from "#components/ui/button.tsx";
import { FILTER_CONTROL, FilterField } from "#components/ui/filter-field.tsx";
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
  const key = JSON.stringify(shown);
  const [typed, setTyped] = useState(shown);
  const [seen, setSeen] = useState(key);
  if (key !== seen) {
    // Another view: Back, or a link on the page.
    setSeen(key);
    setTyped(shown);
  }

  const go = (change: Partial<AuditView>) => {
    const next = {
      q: typed.q.trim(),
      from: parseIsoDay(typed.from) ?? null,
      to: parseIsoDay(typed.to) ?? null,
      ...change,
    };
    startTransition(() => router.push(auditHref(view, next), { scroll: false }));
  };
  const text = (field: keyof Typed) => ({
    name: field,
    value: typed[field],
    onChange: (event: ChangeEvent<HTMLInputElement>) => setTyped({ ...typed, [field]: event.target.value }),
    className: FILTER_CONTROL,
  });
  // A select's value is what the URL says of it, so the codec reads it.
  const select = (field: "actor" | "action" | "kind") => ({
    name: field,
    onChange: (event: ChangeEvent<HTMLSelectElement>) =>
      go({ [field]: auditSearchParams.decode({ [field]: event.target.value })[field] }),
    className: FILTER_CONTROL,
  });
  const days = { type: "date", min: "1970-01-01", max: "9999-12-31" };
  const chosen = view.actor && actorText(view.actor);

  return (
    <search className="mb-5">
      <form
        action="/audit"
        method="get"
        aria-busy={pending}
        onSubmit={(event) => {
          event.preventDefault();
          go({});
        }}
        className="grid grid-cols-2 items-end gap-2 sm:grid-cols-3 lg:grid-cols-4"
      >
        <FilterField label="From">
          <input {...days} {...text("from")} />
        </FilterField>
        <FilterField label="To">
          <input {...days} {...text("to")} />
        </FilterField>
        <FilterField label="Who">
          <select {...select("actor")} value={chosen ?? ""}>
            <option value="">Everybody</option>
            {actors.map(({ actor, label }) => (
              <option key={actorText(actor)} value={actorText(actor)}>
                {label}
              </option>
            ))}
            <option value="operator">The command line</option>
            <option value="system">The portal itself</option>
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
            {...text("q")}
            type="text"
            placeholder="Whole code, name or e-mail"
            autoComplete="off"
            spellCheck={false}
            maxLength={254}
          />
        </FilterField>
        <div className="flex gap-2">
          <Button type="submit" className="flex-1">
            Apply
          </Button>
          {auditHref(view) !== "/audit" && (
            <Link href="/audit" prefetch={false} scroll={false} className={buttonClass({ variant: "ghost" })}>
              Clear
            </Link>
          )}
        </div>
      </form>
    </search>
  );
}
