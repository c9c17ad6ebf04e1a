"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { formAction } from "#app/action.ts";
import type { FormState } from "#lib/form-state.ts";
import { claimImport } from "#lib/imports/commands.ts";
import { startImportJob } from "#lib/imports/jobs.ts";
import { getImport } from "#lib/imports/queries.ts";
import { importHref } from "#lib/imports/rules.ts";
import { done } from "#lib/result.ts";

/** A small import is done within this time, and its result is there at once. */
const WAIT_MS = 1_000;

export async function runImportAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: z.object({ id: z.string().regex(/^[\w-]{22}$/, "Unknown import.") }),
    data,
    run: async ({ id }, actor) => {
      if (await claimImport(id, actor)) {
        await Promise.race([
          startImportJob({ id, task: "import", actor }),
          new Promise((resolve) => setTimeout(resolve, WAIT_MS)),
        ]);
      }
      // The preview says what became of it; who asks for an import that is not there is told so there.
      return done({ id, kind: getImport(id)?.kind ?? "organizations" });
    },
    done: async ({ id, kind }) => redirect(importHref(kind, id)),
  });
}
