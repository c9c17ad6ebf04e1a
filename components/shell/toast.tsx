"use client";

import { useActionState, useEffect, useRef, useState } from "react";
import { HiddenFields } from "#components/ui/hidden-fields.tsx";
import { useScriptOnlyClass } from "#components/ui/hydrated.ts";
import { Icon } from "#components/ui/icon.tsx";
import { recoverFocus } from "#components/ui/recover-focus.ts";
import { SoftLink } from "#components/ui/soft-link.tsx";
import type { FormAction } from "#lib/form-state.ts";

const SHOWN_MS = 6_000;
/** Long enough to reach the link. */
const SHOWN_WITH_LINK_MS = 15_000;

export type ToastMessage = {
  id: string;
  text: string;
  /** The text tells what could not be done. */
  isFailure?: boolean | undefined;
  /** Where the next step is taken. */
  link?: { href: string; label: string } | undefined;
  /** The batch that "Undo" reverses, and the page that it then leads to. */
  undo?: { batch: number; back: string } | undefined;
};

/** The message of the last change. It disappears after some seconds, unless the pointer or the focus is on it. */
export function Toast({
  message,
  cookie,
  undo,
}: {
  message: ToastMessage | null;
  cookie: string;
  undo: FormAction;
}) {
  const [shown, setShown] = useState(message);
  const [held, setHeld] = useState(false);
  const scriptOnly = useScriptOnlyClass();
  const hasFocus = useRef(false);
  const id = message?.id;

  // A new message replaces the one on screen. Rendering the same message again does not show it again.
  const [latest, setLatest] = useState(id);
  if (message && id !== latest) {
    setLatest(id);
    setShown(message);
  }

  useEffect(() => {
    if (id) {
      const secure = cookie.startsWith("__") ? "; secure" : "";
      // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox and Safari
      document.cookie = `${cookie}=; path=/; max-age=0; samesite=lax${secure}`;
    }
  }, [id, cookie]);

  // A change may remove the button that was pressed, on the page or in the message.
  const announced = useRef(id);
  useEffect(() => {
    const isNew = id !== undefined && id !== announced.current;
    if (isNew) announced.current = id;
    if (!isNew && !hasFocus.current) return;
    if (document.activeElement === document.body) hasFocus.current = false;
    recoverFocus();
  });

  useEffect(() => {
    if (!shown || held) return;
    const timer = setTimeout(() => setShown(null), shown.link || shown.undo ? SHOWN_WITH_LINK_MS : SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown, held]);

  return (
    <div role="status" aria-live="polite" className="toast-place">
      {shown && (
        // biome-ignore lint/a11y/noStaticElementInteractions: hovering only delays its disappearance
        <div
          onMouseEnter={() => setHeld(true)}
          onMouseLeave={() => setHeld(false)}
          onFocus={() => {
            hasFocus.current = true;
            setHeld(true);
          }}
          onBlur={({ relatedTarget }) => {
            // Without a target, the button with the focus may have been removed.
            if (relatedTarget) hasFocus.current = false;
            setHeld(false);
          }}
          className="pointer-events-auto flex max-w-md items-start gap-2.5 rounded-lg border border-line bg-surface px-4 py-3 shadow-pop"
        >
          <Icon
            name={shown.isFailure ? "ban" : "circle-check"}
            className={`mt-0.5 size-4 shrink-0 ${shown.isFailure ? "text-danger" : "text-success"}`}
          />
          <p className="min-w-0 wrap-anywhere">
            {shown.text}
            {shown.link && (
              <>
                {" "}
                <SoftLink
                  href={shown.link.href}
                  onClick={() => setShown(null)}
                  className="rounded-sm font-medium text-accent underline"
                >
                  {shown.link.label}
                </SoftLink>
              </>
            )}
          </p>
          {shown.undo && <UndoButton {...shown.undo} action={undo} />}
          <button
            type="button"
            aria-label="Dismiss"
            onClick={() => setShown(null)}
            className={`-m-1 rounded p-1 text-muted hover:text-ink ${scriptOnly}`}
          >
            <Icon name="x" className="size-4" />
          </button>
        </div>
      )}
    </div>
  );
}

function UndoButton({ batch, back, action }: { batch: number; back: string; action: FormAction }) {
  const [{ message }, submit] = useActionState(action, {});
  return (
    <form action={submit}>
      {message && <p role="alert">{message}</p>}
      <HiddenFields fields={{ batch: String(batch), back }} />
      <button type="submit" className="rounded-sm font-medium text-accent underline">
        Undo
      </button>
    </form>
  );
}
