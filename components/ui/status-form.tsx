"use client";

import {
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  useTransition,
} from "react";
import { ActivationMeaning } from "#components/ui/activation-meaning.tsx";
import { formatCount } from "#lib/credits.ts";
import type { FormAction } from "#lib/form-state.ts";
import type { ViewChange } from "#lib/status-change.ts";
import { Alert } from "./alert.tsx";
import { Button } from "./button.tsx";
import { changesText } from "./changes-text.ts";
import { Dialog } from "./dialog.tsx";
import { HiddenFields } from "./hidden-fields.tsx";
import { followSelection, rowBoxes, showPageSelection } from "./selection.ts";
import { SubmitButton } from "./submit-button.tsx";

type Change = {
  to: "activate" | "deactivate";
  ids: string[];
  /** Instead of the ids, everything in the view: what would change, once the server has counted it. */
  view: "uncounted" | ViewChange | null;
  /** What changes, in words. */
  label: string;
};

/** The rows of a list that were selected. */
export type Selection = {
  ids: readonly string[];
  /** Instead of the ids: the query string of the view, everything in which was selected. */
  view: string | null;
  total: number;
};

export type StatusFormProps = {
  /** The form's; the list's boxes and buttons name it. */
  id: string;
  /** The class that shows the bar while one of its boxes is checked. */
  shown: string;
  /** Where the form leads with JavaScript off, to ask there. */
  page: string;
  /** The items in words, e.g. "organization" and "organizations". */
  one: string;
  many: string;
  /** What an admin must know before deactivating. */
  meaning: ReactNode;
  /** What else the page and the action are told. */
  fields?: Record<string, string>;
  items: readonly { id: number; name: string; active: boolean }[];
  /** How many the whole view has. */
  total: number;
  /** The words for everything in the view, where its rows are not what `total` counts; null where there is no such choice. */
  whole?: { choice: string; chosen: string } | null;
  viewQuery: string;
  back: string;
  action: FormAction;
  /** Another change of the selection, by a form in a dialog; with JavaScript off its button leads to `page`. */
  other?: {
    label: string;
    page: string;
    form: (selection: Selection, onDone: () => void) => ReactNode;
  };
  /** Further changes of the selection, each on a page of its own that the bar's form leads to. */
  pages?: readonly { label: string; page: string; name: string; value: string }[];
};

/**
 * The bar over a list that changes the status of a selection, and the dialog that asks before it deactivates, or
 * changes a whole view.
 */
export function StatusForm({
  id: formId,
  shown,
  page,
  one,
  many,
  meaning,
  fields = {},
  items,
  total,
  whole = total > items.length
    ? {
        choice: `All ${formatCount(total)} in this view`,
        chosen: `All ${formatCount(total)} selected`,
      }
    : null,
  viewQuery,
  back,
  action,
  other,
  pages = [],
}: StatusFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const list = useRef<HTMLParagraphElement>(null);
  const [selected, setSelected] = useState(0);
  const [wholeChosen, setWholeChosen] = useState(false);
  // Without the choice, nobody could see it or take it back.
  const wholeView = wholeChosen && whole !== null;
  const [asking, setAsking] = useState<Change | null>(null);
  const [changing, setChanging] = useState<Selection | null>(null);
  const [problem, setProblem] = useState("");
  const [done, setDone] = useState(0);
  const [, startTransition] = useTransition();

  // The bar that had the focus is no longer shown. This runs after the dialog's own effect, which closes it.
  useEffect(() => {
    if (done > 0) list.current?.focus();
  }, [done]);

  const boxes = () => rowBoxes(form.current);
  const recount = useCallback(() => {
    const count = rowBoxes(form.current).filter((box) => box.checked).length;
    setSelected(count);
    showPageSelection(form.current, count);
  }, []);
  // One function for all renders, so that the last row that was pressed is not forgotten with the next one.
  const listen = useCallback(
    (element: HTMLFormElement | null) => {
      form.current = element;
      if (element) return followSelection(element, recount);
    },
    [recount],
  );
  const unselect = useCallback(() => {
    form.current?.reset();
    showPageSelection(form.current, 0);
    setWholeChosen(false);
    setSelected(0);
    setChanging(null);
  }, []);
  const clear = useCallback(() => {
    unselect();
    setAsking(null);
  }, [unselect]);
  // React keeps this form, the checkbox for the page and the rows that are in both views, with their checks.
  const shownView = useRef(back);
  useLayoutEffect(() => {
    if (shownView.current === back) return;
    shownView.current = back;
    clear();
    setProblem("");
  }, [back, clear]);
  // A row that has left the page took its check with it.
  useLayoutEffect(recount);
  const finish = useCallback(() => {
    unselect();
    setDone((count) => count + 1);
  }, [unselect]);
  const change = async (next: Change) => {
    const { to, ids, view } = next;
    const data = new FormData();
    // The list stays where it is, as under any dialog.
    for (const [name, value] of Object.entries({ ...fields, to, back, stay: "1" })) data.set(name, value);
    if (view === null) data.set("ids", ids.join(","));
    else data.set("view", viewQuery);
    if (view !== null && view !== "uncounted") data.set("expected", view.expected);
    const { question, message, errors } = await action({}, data);
    if (question) {
      setAsking({ ...next, view: question, label: changesText(to, question, one, many) });
      setProblem(view === "uncounted" ? "" : "The view has changed. Check the new count.");
      return;
    }
    setProblem(message ?? Object.values(errors ?? {})[0] ?? "");
    if (message || errors) return;
    clear();
    setDone((count) => count + 1);
  };
  const submit = (submitter: HTMLElement | null) => {
    if (!(submitter instanceof HTMLButtonElement)) return;
    // The menu of a row, which gives the focus back to its button.
    submitter.closest<HTMLElement>("[popover]")?.hidePopover();
    setProblem("");
    if (submitter.name === "other") {
      const ids = boxes()
        .filter((box) => box.checked)
        .map((box) => box.value);
      if (wholeView) setChanging({ ids: [], view: viewQuery, total });
      else if (ids.length > 0) setChanging({ ids, view: null, total: ids.length });
      return;
    }
    const [word = "", only] = submitter.value.split("-");
    const to = word === "deactivate" ? "deactivate" : "activate";
    if (!only && wholeView) {
      startTransition(() => change({ to, ids: [], view: "uncounted", label: "" }));
      return;
    }
    const ids = only
      ? [only]
      : boxes()
          .filter((box) => box.checked)
          .map((box) => box.value);
    if (ids.length === 0) return;
    const chosen = items.filter((item) => ids.includes(String(item.id)));
    const changes = chosen.filter((item) => item.active === (to === "deactivate")).length;
    const label =
      ids.length === 1 ? (chosen[0]?.name ?? "") : changesText(to, { changes, total: ids.length }, one, many);
    const next: Change = { to, ids, view: null, label };
    if (to === "deactivate" && changes > 0) setAsking(next);
    else startTransition(() => change(next));
  };
  const verb = asking?.to === "activate" ? "Activate" : "Deactivate";

  return (
    <>
      <form
        ref={listen}
        id={formId}
        action={page}
        method="get"
        onSubmit={(event) => {
          const { submitter } = event.nativeEvent as SubmitEvent;
          // A button that leads to a page sends the form as it does without JavaScript.
          if (submitter?.hasAttribute("data-page")) return;
          event.preventDefault();
          submit(submitter);
        }}
        className={`selection-bar ${shown}`}
      >
        <HiddenFields fields={{ ...fields, back, view: viewQuery }} />
        <p className="figures font-medium" aria-live="polite">
          {wholeView && whole ? whole.chosen : selected > 0 ? `${selected} selected` : "Selected"}
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
        {whole && (
          <label className="flex items-center gap-2">
            <input
              type="checkbox"
              name="all"
              value="1"
              checked={wholeView}
              onChange={(event) => setWholeChosen(event.target.checked)}
              className="size-4 accent-accent"
            />
            {whole.choice}
          </label>
        )}
        <div className="ml-auto flex flex-wrap gap-2">
          {pages.map(({ label, page, name, value }) => (
            <Button
              key={label}
              type="submit"
              name={name}
              value={value}
              formAction={page}
              size="sm"
              data-page=""
            >
              {label}
            </Button>
          ))}
          {other && (
            <Button type="submit" name="other" value="1" formAction={other.page} size="sm">
              {other.label}
            </Button>
          )}
          <Button type="submit" name="to" value="activate" size="sm">
            Activate selected
          </Button>
          <Button type="submit" name="to" value="deactivate" size="sm" variant="danger">
            Deactivate selected
          </Button>
          <Button
            size="sm"
            variant="ghost"
            onClick={() => {
              clear();
              setDone((count) => count + 1);
            }}
          >
            Clear
          </Button>
        </div>
      </form>
      <p ref={list} tabIndex={-1} className="sr-only">
        List of {many}
      </p>
      {problem && !asking && (
        <div className="mb-3">
          <Alert tone="error">{problem}</Alert>
        </div>
      )}
      {other && (
        <Dialog open={changing !== null} onClose={() => setChanging(null)} title={other.label}>
          {changing && other.form(changing, finish)}
        </Dialog>
      )}
      <Dialog
        open={asking !== null}
        onClose={() => setAsking(null)}
        title={`${verb} ${asking?.label ?? ""}?`}
      >
        {asking && (
          <form action={() => change(asking)} className="grid gap-4">
            {problem && <Alert tone="error">{problem}</Alert>}
            {asking.to === "deactivate" ? meaning : <ActivationMeaning />}
            <div className="flex justify-end gap-2">
              <Button onClick={() => setAsking(null)}>Cancel</Button>
              <SubmitButton variant={asking.to === "deactivate" ? "danger" : "primary"}>{verb}</SubmitButton>
            </div>
          </form>
        )}
      </Dialog>
    </>
  );
}
