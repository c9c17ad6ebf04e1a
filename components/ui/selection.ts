import { SELECTS_PAGE } from "./select-page.tsx";

/** The checkboxes of a list's rows, in the order of the rows. They name the form, which is elsewhere on the page. */
export function rowBoxes(form: HTMLFormElement | null): HTMLInputElement[] {
  return [...(form?.elements ?? [])].filter(
    (element): element is HTMLInputElement => element instanceof HTMLInputElement && element.name === "id",
  );
}

/** Shows in the checkbox for the whole page whether all rows, some or none are selected. */
export function showPageSelection(form: HTMLFormElement | null, selected: number): void {
  // Not `form.id`, which is the rows' checkboxes, because their name is "id".
  const id = form?.getAttribute("id");
  const all = document.querySelector<HTMLInputElement>(`input[${SELECTS_PAGE}][form="${id}"]`);
  if (!all) return;
  all.checked = selected > 0 && selected === rowBoxes(form).length;
  all.indeterminate = selected > 0 && !all.checked;
}

/**
 * Follows what is selected in a list: one row, every row of the page by the checkbox for the whole page, or with Shift every row
 * from the last one that was pressed. The checkboxes lie outside the form's own subtree, so they are heard at the document.
 *
 * @returns the end of it
 */
export function followSelection(form: HTMLFormElement, changed: () => void): () => void {
  let last: HTMLInputElement | null = null;
  const onClick = ({ target, shiftKey }: MouseEvent) => {
    if (!(target instanceof HTMLInputElement) || target.form !== form || target.name !== "id") return;
    const boxes = rowBoxes(form);
    const [from, to] = [boxes.indexOf(last ?? target), boxes.indexOf(target)];
    if (shiftKey && from >= 0) {
      for (const box of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) box.checked = target.checked;
    }
    last = target;
  };
  const onChange = ({ target }: Event) => {
    if (!(target instanceof HTMLInputElement) || target.form !== form) return;
    if (target.hasAttribute(SELECTS_PAGE)) for (const box of rowBoxes(form)) box.checked = target.checked;
    changed();
  };
  document.addEventListener("click", onClick);
  document.addEventListener("change", onChange);
  return () => {
    document.removeEventListener("click", onClick);
    document.removeEventListener("change", onChange);
  };
}
