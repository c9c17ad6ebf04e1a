"use client";

import { type ComponentType, useEffect, useState } from "react";

/** The attribute of a link to `/search` that opens the palette instead where the page's script runs. */
export const OPENS_PALETTE = "data-opens-palette";

/** What has the keys for itself while the focus is in it. */
const TAKES_KEYS =
  "input, select, textarea, [contenteditable]:not([contenteditable=false]), [role=textbox], [role=combobox], [role=listbox], [role=menu]";

/** Whether something is over the page. */
const isCovered = () => document.querySelector("dialog[open], [popover]:popover-open") !== null;

type Overlay = ComponentType<{ onClose: () => void }>;

const OVERLAYS = {
  palette: async (): Promise<Overlay> => (await import("#components/search/palette.tsx")).Palette,
  keys: async (): Promise<Overlay> => (await import("./key-list.tsx")).KeyList,
};

/** Whether the palette opens by ⌘ K. Only in the browser. */
export const isAppleKeyboard = () => /^(Mac|iP)/.test(navigator.platform);

/**
 * The keys of every page: Ctrl K, or ⌘ K on a Mac, opens the palette; single keys move in the page's list. All of it but
 * this listener is loaded when it is first used.
 */
export function Keyboard({ singleKeys }: { singleKeys: boolean }) {
  const [Shown, setShown] = useState<Overlay | null>(null);

  useEffect(() => {
    // An overlay that cannot be loaded leaves the page as it is; the link to the search still works.
    const show = (which: keyof typeof OVERLAYS) =>
      OVERLAYS[which]().then(
        (overlay) => setShown(() => overlay),
        () => {},
      );
    const onKey = (event: KeyboardEvent) => {
      const { key, target, ctrlKey, metaKey, altKey, shiftKey } = event;
      if (event.defaultPrevented || event.isComposing || (event.repeat && key !== "j" && key !== "k")) return;
      if (key.toLowerCase() === "k" && (isAppleKeyboard() ? metaKey && !ctrlKey : ctrlKey && !metaKey)) {
        if (altKey || shiftKey || isCovered()) return;
        event.preventDefault();
        void show("palette");
        return;
      }
      // "?" needs Shift on most keyboards.
      if (!singleKeys || ctrlKey || metaKey || altKey || (shiftKey && key !== "?") || isCovered()) return;
      if (key === "Escape") {
        leave();
        return;
      }
      if (target instanceof Element && target.closest(TAKES_KEYS)) return;
      if (key === "?") {
        event.preventDefault();
        void show("keys");
      } else if (key === "/") {
        event.preventDefault();
        const search = document.querySelector<HTMLInputElement>("#content input[type=search]");
        if (search) search.select();
        else void show("palette");
      } else if (key === "j" || key === "k") moveInList(key === "j" ? 1 : -1);
      else if (key === "x") selectRow();
    };
    const onClick = (event: MouseEvent) => {
      const { target, button, ctrlKey, metaKey, altKey, shiftKey } = event;
      if (button !== 0 || ctrlKey || metaKey || altKey || shiftKey) return;
      if (!(target instanceof Element && target.closest(`a[${OPENS_PALETTE}]`))) return;
      event.preventDefault();
      for (const menu of document.querySelectorAll<HTMLElement>("[popover]:popover-open")) menu.hidePopover();
      void show("palette");
    };
    document.addEventListener("keydown", onKey);
    // Before the listener that follows links.
    document.addEventListener("click", onClick, { capture: true });
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("click", onClick, { capture: true });
    };
  }, [singleKeys]);

  return Shown && <Shown onClose={() => setShown(null)} />;
}

/** The rows and cards of the page's list, each with the link that opens it. */
function rowsOfList(): { row: Element; link: HTMLElement }[] {
  return [...document.querySelectorAll("#content :is(tbody > tr, article)")].flatMap((row) => {
    const link = row.querySelector<HTMLElement>("a[href]");
    return link?.checkVisibility() ? [{ row, link }] : [];
  });
}

const focusedRow = () => {
  const rows = rowsOfList();
  return { rows, index: rows.findIndex(({ row }) => row.contains(document.activeElement)) };
};

/** Moves the focus to the link of the next row or the previous one, so that Enter opens it. */
function moveInList(by: 1 | -1): void {
  const { rows, index } = focusedRow();
  const next = index < 0 ? (by === 1 ? 0 : rows.length - 1) : index + by;
  rows[next]?.link.focus();
}

/** Selects the row with the focus, or takes it out of the selection, where the list has checkboxes. */
function selectRow(): void {
  const { rows, index } = focusedRow();
  rows[index]?.row.querySelector<HTMLInputElement>("input[type=checkbox]:not(:disabled)")?.click();
}

/** Takes the focus out of the list, and out of an empty search. */
function leave(): void {
  const active = document.activeElement;
  if (!(active instanceof HTMLElement)) return;
  const isEmptySearch = active instanceof HTMLInputElement && active.type === "search" && active.value === "";
  if (isEmptySearch || (focusedRow().index >= 0 && !active.matches(TAKES_KEYS))) active.blur();
}
