"use client";

import { useEffect, useRef, useState } from "react";
import { useScriptOnlyClass } from "./hydrated.ts";

/** The checkboxes of the rows that belong to a form. */
function boxesOf(form: string): HTMLInputElement[] {
  return [...document.querySelectorAll<HTMLInputElement>(`input[type=checkbox][name=id][form="${form}"]`)];
}

function setChecked(boxes: readonly HTMLInputElement[], checked: boolean): void {
  for (const box of boxes) {
    if (box.checked === checked) continue;
    box.checked = checked;
    // The form counts its boxes when it hears of a change.
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/**
 * Selects all rows of the page, or none. With Shift a click on a row's checkbox selects the rows since the one that was
 * clicked before. Needs JavaScript; without it the rows are selected one by one.
 */
export function SelectAll({ form, label }: { form: string; label: string }) {
  const scriptOnly = useScriptOnlyClass();
  const own = useRef<HTMLInputElement>(null);
  const [state, setState] = useState<"none" | "some" | "all">("none");

  useEffect(() => {
    let last: HTMLInputElement | null = null;
    const recount = () => {
      const boxes = boxesOf(form);
      const checked = boxes.filter((box) => box.checked).length;
      setState(checked === 0 ? "none" : checked === boxes.length ? "all" : "some");
    };
    const onClick = ({ target, shiftKey }: MouseEvent) => {
      if (!(target instanceof HTMLInputElement) || !boxesOf(form).includes(target)) return;
      const boxes = boxesOf(form);
      if (shiftKey && last && boxes.includes(last)) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(target)].sort((a, b) => a - b);
        setChecked(boxes.slice(from, (to ?? 0) + 1), target.checked);
      }
      last = target;
    };
    // A reset empties the boxes after its event.
    const onReset = () => queueMicrotask(recount);
    document.addEventListener("click", onClick);
    document.addEventListener("change", recount);
    document.addEventListener("reset", onReset);
    return () => {
      document.removeEventListener("click", onClick);
      document.removeEventListener("change", recount);
      document.removeEventListener("reset", onReset);
    };
  }, [form]);
  useEffect(() => {
    if (own.current) own.current.indeterminate = state === "some";
  }, [state]);

  return (
    <label className={`mb-2 inline-flex items-center gap-2 text-[0.8125rem] text-muted ${scriptOnly}`}>
      <input
        ref={own}
        type="checkbox"
        checked={state === "all"}
        onChange={(event) => setChecked(boxesOf(form), event.target.checked)}
        className="size-4 accent-accent"
      />
      {label}
    </label>
  );
}
