"use client";

import { buttonClass } from "#components/ui/button.tsx";
import { DialogLink } from "#components/ui/dialog-link.tsx";
import { CreditsForm, type CreditsFormProps, MOVES } from "./credits-form.tsx";

/** The form that moves credits, over the page. */
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
  /** The owner of the credits, read out by a screen reader. */
  subject: string;
  size?: "sm" | "md";
  form: Omit<CreditsFormProps, "kind">;
}) {
  return (
    <DialogLink
      href={href}
      title={title}
      className={buttonClass({ size })}
      form={(close) => <CreditsForm kind={kind} {...form} onDone={close} />}
    >
      {MOVES[kind].label}
      <span className="sr-only">
        {kind === "return" ? " from " : kind === "purchase" ? " for " : " to "}
        {subject}
      </span>
    </DialogLink>
  );
}
