"use client";

import Link from "next/link";
import { type ReactNode, useActionState } from "react";
import { formatCount } from "#lib/credits.ts";
import type { FormState } from "#lib/form-state.ts";
import { Alert } from "./alert.tsx";
import { buttonClass } from "./button.tsx";
import { HiddenFields } from "./hidden-fields.tsx";
import { SubmitButton } from "./submit-button.tsx";

/** The question on a page of its own. */
export function ConfirmStatus({
  to,
  ids,
  viewQuery,
  names,
  more,
  meaning,
  fields = {},
  back,
  action,
}: {
  to: "activate" | "deactivate";
  ids?: readonly number[];
  /** Instead of ids: everything in this view. */
  viewQuery?: string;
  names: readonly string[];
  more: number;
  /** What an admin must know before deactivating. */
  meaning: ReactNode;
  /** What else the action is told. */
  fields?: Record<string, string>;
  back: string;
  action: (state: FormState, data: FormData) => Promise<FormState>;
}) {
  const [state, submit] = useActionState(action, {});
  const problem = state.message ?? Object.values(state.errors ?? {})[0];
  return (
    <form action={submit} className="grid gap-4">
      {problem && <Alert tone="error">{problem}</Alert>}
      <HiddenFields
        fields={{
          ...fields,
          to,
          back,
          ...(ids && { ids: ids.join(",") }),
          ...(viewQuery !== undefined && { view: viewQuery }),
        }}
      />
      {to === "deactivate" ? (
        meaning
      ) : (
        <p className="text-muted">Members can spend again from the next request on.</p>
      )}
      {(names.length > 1 || more > 0) && (
        <ul className="list-disc pl-5">
          {names.map((name, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two of them may bear one name
            <li key={index}>{name}</li>
          ))}
          {more > 0 && <li className="text-muted">and {formatCount(more)} more</li>}
        </ul>
      )}
      <div className="flex justify-end gap-2">
        <Link href={back} className={buttonClass()}>
          Cancel
        </Link>
        <SubmitButton variant={to === "deactivate" ? "danger" : "primary"}>
          {to === "deactivate" ? "Deactivate" : "Activate"}
        </SubmitButton>
      </div>
    </form>
  );
}
