"use server";

import { z } from "zod";
import { formAction } from "#app/action.ts";
import { finishForm } from "#app/finish.ts";
import { runBatch } from "#lib/batches/thread.ts";
import { formatCount } from "#lib/credits.ts";
import type { FormState } from "#lib/form-state.ts";

/** Fills an empty portal with the demo enterprise. */
export async function fillDemoAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "owner",
    input: z.object({}),
    data,
    run: (_input, actor) => runBatch("fillDemo", Number.POSITIVE_INFINITY, actor),
    done: ({ organizations, transactions }) =>
      finishForm(
        data,
        `${formatCount(organizations)} organizations with ${formatCount(transactions)} transactions were created.`,
        "/organizations",
      ),
  });
}
