"use client";

import { type ReactNode, useCallback, useState } from "react";
import { Dialog } from "./dialog.tsx";
import { SoftLink } from "./soft-link.tsx";

/** Opens a form over the page; without JavaScript, or in a new tab, it is a link to the form's own page. */
export function DialogLink({
  href,
  title,
  className,
  form,
  children,
}: {
  href: string;
  title: string;
  className: string;
  /** Draws the form, which calls `close` when it is done. */
  form: (close: () => void) => ReactNode;
  children: ReactNode;
}) {
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  return (
    <>
      <SoftLink
        href={href}
        className={className}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {children}
      </SoftLink>
      <Dialog open={open} onClose={close} title={title}>
        {form(close)}
      </Dialog>
    </>
  );
}
