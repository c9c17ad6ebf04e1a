"use client";

import { useRouter } from "next/navigation";
import { Fragment, type ReactNode, useState, useTransition } from "react";
import { Button, buttonClass } from "#components/ui/button.tsx";
import { FormAnswer } from "#components/ui/form-answer.ts";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { CONFIRM_FORM } from "./confirm-form.tsx";

/** The note that was typed below the preview; null where it takes none. */
function typedNote(): string | null {
  const form = document.getElementById(CONFIRM_FORM);
  const note = form instanceof HTMLFormElement ? new FormData(form).get("note") : null;
  return typeof note === "string" ? note : null;
}

/**
 * The form of a change of several rows. It sends what was typed to its own address, where the page shows what the change
 * would do; the URL keeps it. Once a field has changed, the form has `data-outdated` until the next preview.
 */
export function PreviewForm({
  path,
  params,
  back,
  shown,
  errors,
  children,
}: {
  path: string;
  /** What the URL has beside the fields. */
  params: readonly (readonly [name: string, value: string])[];
  back: string;
  /** The values of the fields in the URL. When they change, the fields take them. */
  shown: string;
  errors: Record<string, string>;
  children: ReactNode;
}) {
  const router = useRouter();
  const [pending, startPreview] = useTransition();
  const [outdated, setOutdated] = useState(false);
  const [shownBefore, setShownBefore] = useState(shown);
  // The browser's Back leads to another preview, and the fields then have the values of that one.
  if (shown !== shownBefore) {
    setShownBefore(shown);
    setOutdated(false);
  }
  return (
    <form
      action={path}
      method="get"
      aria-busy={pending}
      data-outdated={outdated || undefined}
      className="grid gap-4"
      onInput={() => setOutdated(true)}
      onSubmit={(event) => {
        event.preventDefault();
        const query = new URLSearchParams();
        for (const [name, value] of new FormData(event.currentTarget)) {
          if (typeof value === "string") query.append(name, value);
        }
        const note = typedNote();
        if (note !== null) query.set("note", note);
        startPreview(() => {
          router.push(`${path}?${query}`, { scroll: false });
          // Together with the new preview, because nobody may confirm the old one until then.
          setOutdated(false);
        });
      }}
    >
      {params.map(([name, value]) => (
        <input key={`${name} ${value}`} type="hidden" name={name} value={value} />
      ))}
      <FormAnswer value={{ errors }}>
        <Fragment key={shown}>{children}</Fragment>
      </FormAnswer>
      <div className="flex flex-wrap justify-end gap-2">
        <SoftLink href={back} className={buttonClass()}>
          Cancel
        </SoftLink>
        <Button type="submit">Preview</Button>
      </div>
    </form>
  );
}
