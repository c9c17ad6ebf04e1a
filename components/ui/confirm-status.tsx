"use client";

import type { ReactNode } from "react";
import { ActivationMeaning } from "#components/ui/activation-meaning.tsx";
import { formatCount } from "#lib/credits.ts";
import type { FormAction } from "#lib/form-state.ts";
import type { ViewChange } from "#lib/status-change.ts";
import { Alert } from "./alert.tsx";
import { changesText } from "./changes-text.ts";
import { Form, FormButtons } from "./form.tsx";
import { HiddenFields } from "./hidden-fields.tsx";

/** The question on a page of its own. */
export function ConfirmStatus({
  to,
  ids,
  view,
  one,
  many,
  names,
  more,
  meaning,
  fields = {},
  back,
  action,
}: {
  to: "activate" | "deactivate";
  ids?: readonly number[];
  /** Instead of ids: everything in the view of this query, which would now change as counted. */
  view?: { query: string; change: ViewChange };
  /** The rows in words, e.g. "member" and "members". */
  one: string;
  many: string;
  names: readonly string[];
  more: number;
  /** What an admin must know before deactivating. */
  meaning: ReactNode;
  /** What else the action is told. */
  fields?: Record<string, string>;
  back: string;
  action: FormAction;
}) {
  return (
    <Form action={action} back={back}>
      {({ question }) => (
        <>
          {question && (
            <Alert tone="warning">
              The view has changed since you were asked. Now it is {changesText(to, question, one, many)}.
            </Alert>
          )}
          <HiddenFields
            fields={{
              ...fields,
              to,
              ...(ids && { ids: ids.join(",") }),
              ...(view && { view: view.query, expected: (question ?? view.change).expected }),
            }}
          />
          {to === "deactivate" ? meaning : <ActivationMeaning />}
          {(names.length > 1 || more > 0) && (
            <ul className="list-disc pl-5">
              {names.map((name, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: two of them may have one name
                <li key={index} className="wrap-anywhere">
                  {name}
                </li>
              ))}
              {more > 0 && <li className="text-muted">and {formatCount(more)} more</li>}
            </ul>
          )}
          <FormButtons
            button={to === "deactivate" ? "Deactivate" : "Activate"}
            variant={to === "deactivate" ? "danger" : "primary"}
            back={back}
          />
        </>
      )}
    </Form>
  );
}
