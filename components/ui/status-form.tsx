"use client";

import { type ReactNode, useRef, useState, useTransition } from "react";
import { formatCount } from "#lib/credits.ts";
import type { FormState } from "#lib/form-state.ts";
import { Alert } from "./alert.tsx";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { HiddenFields } from "./hidden-fields.tsx";
import { SubmitButton } from "./submit-button.tsx";

type Change = { to: "activate" | "deactivate"; ids: string[]; wholeView: boolean; label: string };

export type StatusFormProps = {
  /** The form's; the list's boxes and buttons name it. */
  id: string;
  /** The class that shows the bar while one of its boxes is checked. */
  shown: string;
  /** Where the form leads with JavaScript off, to ask there. */
  page: string;
  /** What the items are, e.g. "organizations". */
  many: string;
  /** What an admin must know before deactivating. */
  meaning: ReactNode;
  /** What else the page and the action are told. */
  fields?: Record<string, string>;
  items: readonly { id: number; name: string }[];
  /** How many the whole view has. */
  total: number;
  viewQuery: string;
  back: string;
  action: (state: FormState, data: FormData) => Promise<FormState>;
};

/** The bar over a list that changes the status of a selection, and the dialog that asks before deactivating. */
export function StatusForm({
  id: formId,
  shown,
  page,
  many,
  meaning,
  fields = {},
  items,
  total,
  viewQuery,
  back,
  action,
}: StatusFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const [selected, setSelected] = useState(0);
  const [wholeView, setWholeView] = useState(false);
  const [asking, setAsking] = useState<Change | null>(null);
  const [problem, setProblem] = useState("");
  const [, startTransition] = useTransition();

  const boxes = () =>
    [...(form.current?.elements ?? [])].filter(
      (element): element is HTMLInputElement => element instanceof HTMLInputElement && element.name === "id",
    );
  const recount = () => setSelected(boxes().filter((box) => box.checked).length);
  // The boxes lie outside the form's own subtree, so their changes are heard at the document.
  const listen = (element: HTMLFormElement | null) => {
    form.current = element;
    if (!element) return;
    const heard = (event: Event) => {
      if (event.target instanceof HTMLInputElement && event.target.form === element) recount();
    };
    document.addEventListener("change", heard);
    return () => document.removeEventListener("change", heard);
  };
  const clear = () => {
    form.current?.reset();
    setWholeView(false);
    setSelected(0);
    setAsking(null);
  };
  const change = async ({ to, ids, wholeView: all }: Change) => {
    const data = new FormData();
    // The list stays where it is, as under any dialog.
    for (const [name, value] of Object.entries({ ...fields, to, back, dialog: "1" })) data.set(name, value);
    if (all) data.set("view", viewQuery);
    else data.set("ids", ids.join(","));
    const state = await action({}, data);
    setProblem(state.message ?? Object.values(state.errors ?? {})[0] ?? "");
    if (!state.message && !state.errors) clear();
  };
  const submit = (submitter: HTMLElement | null) => {
    if (!(submitter instanceof HTMLButtonElement)) return;
    setProblem("");
    const [word = "", only] = submitter.value.split("-");
    const to = word === "deactivate" ? "deactivate" : "activate";
    const ids = only
      ? [only]
      : boxes()
          .filter((box) => box.checked)
          .map((box) => box.value);
    const all = !only && wholeView;
    const name = items.find((item) => String(item.id) === ids[0])?.name ?? "";
    const count = all ? total : ids.length;
    if (count === 0) return;
    const next: Change = {
      to,
      ids,
      wholeView: all,
      label: count === 1 && !all ? name : `${formatCount(count)} ${many}`,
    };
    if (to === "deactivate") setAsking(next);
    else startTransition(() => change(next));
  };

  return (
    <>
      <form
        ref={listen}
        id={formId}
        action={page}
        method="get"
        onSubmit={(event) => {
          event.preventDefault();
          submit((event.nativeEvent as SubmitEvent).submitter);
        }}
        className={`mb-3 hidden flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-accent bg-accent-soft px-3 py-2 ${shown}`}
      >
        <HiddenFields fields={{ ...fields, back, view: viewQuery }} />
        <p className="figures font-medium" aria-live="polite">
          {wholeView
            ? `All ${formatCount(total)} selected`
            : selected > 0
              ? `${selected} selected`
              : "Selected"}
        </p>
        {selected > 0 && selected < items.length && (
          <Button
            size="sm"
            variant="ghost"
            onClick={() => {
              for (const box of boxes()) box.checked = true;
              recount();
            }}
          >
            Select all {items.length} on this page
          </Button>
        )}
        {total > items.length && (
          <label className="flex items-center gap-2">
            <input
              type="checkbox"
              name="all"
              value="1"
              checked={wholeView}
              onChange={(event) => setWholeView(event.target.checked)}
              className="size-4 accent-accent"
            />
            All {formatCount(total)} in this view
          </label>
        )}
        <div className="ml-auto flex gap-2">
          <Button type="submit" name="to" value="activate" size="sm">
            Activate selected
          </Button>
          <Button type="submit" name="to" value="deactivate" size="sm" variant="danger">
            Deactivate selected
          </Button>
          <Button size="sm" variant="ghost" onClick={clear}>
            Clear
          </Button>
        </div>
      </form>
      {problem && !asking && (
        <div className="mb-3">
          <Alert tone="error">{problem}</Alert>
        </div>
      )}
      <Dialog
        open={asking !== null}
        onClose={() => setAsking(null)}
        title={`Deactivate ${asking?.label ?? ""}?`}
      >
        {asking && (
          <form action={() => change(asking)} className="grid gap-4">
            {problem && <Alert tone="error">{problem}</Alert>}
            {meaning}
            <div className="flex justify-end gap-2">
              <Button onClick={() => setAsking(null)}>Cancel</Button>
              <SubmitButton variant="danger">Deactivate</SubmitButton>
            </div>
          </form>
        )}
      </Dialog>
    </>
  );
}
