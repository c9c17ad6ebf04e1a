"use client";

import { type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";

/** Where the focus goes when a dialog opens: its first field, or else its first button or link. */
const FIRST_FIELD = ":is(input:not([type=hidden]), select, textarea):not(:disabled)";
const FIRST_CONTROL = ":is(button, a[href])";

function focusFirst(within: HTMLElement | null): void {
  const first =
    within?.querySelector<HTMLElement>(FIRST_FIELD) ?? within?.querySelector<HTMLElement>(FIRST_CONTROL);
  first?.focus();
}

/**
 * A modal over the page: the platform's own dialog, which keeps the focus inside and gives it back when it closes.
 * Escape and a press beside it close it too; where something was typed, they ask first.
 */
export function Dialog({
  open,
  onClose,
  title,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const typed = useRef(false);
  const [asksToDiscard, setAsksToDiscard] = useState(false);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    if (open && element && !element.open) {
      typed.current = false;
      setAsksToDiscard(false);
      element.showModal();
      focusFirst(body.current);
    }
    if (!open && element?.open) element.close();
  }, [open]);
  // The platform gives the focus back only when a dialog closes, and not when it is removed.
  useLayoutEffect(() => {
    const element = dialog.current;
    return () => {
      if (element?.open) element.close();
    };
  }, []);
  const leave = () => {
    if (typed.current) setAsksToDiscard(true);
    else onClose();
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onClose={onClose}
      onCancel={(event) => {
        event.preventDefault();
        leave();
      }}
      onKeyDown={(event) => {
        // Chromium closes a dialog at the second Escape even if `cancel` is prevented, so the key itself is handled.
        if (event.key !== "Escape") return;
        event.preventDefault();
        leave();
      }}
      onClick={(event) => event.target === dialog.current && leave()}
      onInput={() => {
        typed.current = true;
      }}
      className="dialog"
    >
      {open && (
        <div className="p-6 text-sm">
          <div className="mb-4 flex items-start justify-between gap-4">
            <h2 id={id} className="min-w-0 text-base font-semibold wrap-anywhere">
              {title}
            </h2>
            <button
              type="button"
              aria-label="Close"
              onClick={leave}
              className="-m-1.5 rounded-md p-1.5 text-muted hover:bg-raised hover:text-ink"
            >
              <Icon name="x" className="size-4" />
            </button>
          </div>
          {asksToDiscard && (
            <Discard
              onKeep={() => {
                setAsksToDiscard(false);
                focusFirst(body.current);
              }}
              onDiscard={onClose}
            />
          )}
          <div ref={body}>{children}</div>
        </div>
      )}
    </dialog>
  );
}

function Discard({ onKeep, onDiscard }: { onKeep: () => void; onDiscard: () => void }) {
  return (
    <div
      role="alert"
      className="mb-4 flex flex-wrap items-center justify-between gap-2 rounded-md bg-warning-soft px-3.5 py-2.5 text-warning"
    >
      <p className="font-medium">Discard what you typed?</p>
      <div className="flex gap-2">
        <Button size="sm" autoFocus onClick={onKeep}>
          Keep editing
        </Button>
        <Button size="sm" variant="danger" onClick={onDiscard}>
          Discard
        </Button>
      </div>
    </div>
  );
}
