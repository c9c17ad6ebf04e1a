"use client";

import Link from "next/link";
import { useCallback, useState } from "react";
import { buttonClass } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { CreditsForm, type CreditsFormProps, MOVES } from "./credits-form.tsx";

export type { MoveCreditsAction } from "./credits-form.tsx";

/** Opens the form over the page; without JavaScript, or in a new tab, it is a link to the form's own page. */
export function MoveCredits({
  href,
  kind,
  title,
  subject,
  size = "md",
  form,
}: {
  href: string;
  kind: CreditsFormProps["kind"];
  title: string;
  /** Whose credits move, for those who cannot see where the button stands. */
  subject: string;
  size?: "sm" | "md";
  form: Omit<CreditsFormProps, "kind">;
}) {
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  return (
    <>
      <Link
        href={href}
        prefetch={false}
        className={buttonClass({ size })}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {MOVES[kind].label}
        <span className="sr-only">
          {kind === "return" ? " from " : kind === "purchase" ? " for " : " to "}
          {subject}
        </span>
      </Link>
      <Dialog open={open} onClose={close} title={title}>
        <CreditsForm kind={kind} {...form} onDone={close} />
      </Dialog>
    </>
  );
}
