"use client";

import { useRouter } from "next/navigation";
import { type ReactNode, useTransition } from "react";
import { Button, buttonClass } from "#components/ui/button.tsx";
import { FormAnswer } from "#components/ui/form-answer.ts";
import { SoftLink } from "#components/ui/soft-link.tsx";

/**
 * The form of a change of several rows. It sends what was typed to its own address, where the page shows what the change
 * would do; the URL keeps it.
 */
export function PreviewForm({
  path,
  params,
  back,
  errors,
  children,
}: {
  path: string;
  /** What the URL has beside the fields. */
  params: readonly (readonly [name: string, value: string])[];
  back: string;
  errors: Record<string, string>;
  children: ReactNode;
}) {
  const router = useRouter();
  const [pending, startPreview] = useTransition();
  return (
    <form
      action={path}
      method="get"
      aria-busy={pending}
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        const query = new URLSearchParams();
        for (const [name, value] of new FormData(event.currentTarget)) {
          if (typeof value === "string") query.append(name, value);
        }
        startPreview(() => router.push(`${path}?${query}`, { scroll: false }));
      }}
    >
      {params.map(([name, value]) => (
        <input key={`${name} ${value}`} type="hidden" name={name} value={value} />
      ))}
      <FormAnswer value={{ errors }}>{children}</FormAnswer>
      <div className="flex flex-wrap justify-end gap-2">
        <SoftLink href={back} className={buttonClass()}>
          Cancel
        </SoftLink>
        <Button type="submit">Preview</Button>
      </div>
    </form>
  );
}
