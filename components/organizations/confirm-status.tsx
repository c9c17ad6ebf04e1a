"use client";

import Link from "next/link";
import { useActionState } from "react";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { SubmitButton } from "#components/ui/submit-button.tsx";
import { formatCount } from "#lib/credits.ts";
import type { FormState } from "#lib/form-state.ts";
import { DeactivationMeaning } from "./deactivation-meaning.tsx";

/** The question on a page of its own. */
export function ConfirmStatus({
  to,
  ids,
  viewQuery,
  names,
  more,
  back,
  action,
}: {
  to: "activate" | "deactivate";
  ids?: readonly number[];
  /** Instead of ids: every organization of this view. */
  viewQuery?: string;
  names: readonly string[];
  more: number;
  back: string;
  action: (state: FormState, data: FormData) => Promise<FormState>;
}) {
  const [state, submit] = useActionState(action, {});
  const problem = state.message ?? Object.values(state.errors ?? {})[0];
  return (
    <form action={submit} className="grid gap-4">
      {problem && <Alert tone="error">{problem}</Alert>}
      <input type="hidden" name="to" value={to} />
      <input type="hidden" name="back" value={back} />
      {ids && <input type="hidden" name="ids" value={ids.join(",")} />}
      {viewQuery !== undefined && <input type="hidden" name="view" value={viewQuery} />}
      {to === "deactivate" ? (
        <DeactivationMeaning />
      ) : (
        <p className="text-muted">Members can spend again from the next request on.</p>
      )}
      {(names.length > 1 || more > 0) && (
        <ul className="list-disc pl-5">
          {names.map((name, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two organizations may bear one name
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
