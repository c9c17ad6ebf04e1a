"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { formAction } from "#app/action.ts";
import { MAX_CREDITS, parseCredits } from "#lib/credits.ts";
import { type FormState, UNREADABLE_FORM } from "#lib/form-state.ts";
import { claimCheck, claimImport } from "#lib/imports/commands.ts";
import { startImportJob } from "#lib/imports/jobs.ts";
import { getImport, mayUseImport } from "#lib/imports/queries.ts";
import { IMPORT_MODES, type ImportKind, importHref } from "#lib/imports/rules.ts";
import type { ActingUser } from "#lib/portal-users/session.ts";
import { done } from "#lib/result.ts";
import { asksForMove } from "#lib/second-factor/queries.ts";

/** A small import is done within this time, and its result is there at once. */
const WAIT_MS = 1_000;

/** The kind of an import that the user may see. The answer is the same for one that does not exist. */
function kindOf(id: string, user: ActingUser): ImportKind {
  const upload = getImport(id);
  return upload && mayUseImport(user, upload) ? upload.kind : "organizations";
}

/** What an import would move in all, in micro-credits: 0 unless it is a file of allocations that the user may see. */
function movedBy(id: string, user: ActingUser): bigint {
  const upload = getImport(id);
  const total = upload && mayUseImport(user, upload) ? upload.report?.moved?.total : undefined;
  const credits = parseCredits(total ?? "0");
  return credits.ok ? credits.value : MAX_CREDITS;
}

const importId = z.string().regex(/^[\w-]{22}$/, "Unknown import.");

export async function runImportAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "organization_admin",
    input: z.object({ id: importId, expected: z.string().max(64, UNREADABLE_FORM) }),
    data,
    confirms: ({ id }, actor) => asksForMove(movedBy(id, actor)),
    run: async ({ id, expected }, actor) => {
      const claim = await claimImport(id, expected, actor);
      if (claim.ok && claim.value) {
        await Promise.race([
          startImportJob({ id, task: "import", actor }),
          new Promise((resolve) => setTimeout(resolve, WAIT_MS)),
        ]);
      }
      // The import's page shows the result, also when there is no such import.
      return done({ id, kind: kindOf(id, actor), isStale: !claim.ok });
    },
    done: async ({ id, kind, isStale }) => redirect(`${importHref(kind, id)}${isStale ? "?changed=1" : ""}`),
  });
}

/** Checks an upload again, perhaps in another mode, without a second upload. */
export async function checkImportAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "organization_admin",
    input: z.object({ id: importId, mode: z.enum(IMPORT_MODES, "Choose what to do with the rows.") }),
    data,
    run: async ({ id, mode }, actor) => {
      if (await claimCheck(id, mode, actor)) {
        await Promise.race([
          startImportJob({ id, task: "check", actor }),
          new Promise((resolve) => setTimeout(resolve, WAIT_MS)),
        ]);
      }
      return done({ id, kind: kindOf(id, actor) });
    },
    done: async ({ id, kind }) => redirect(importHref(kind, id)),
  });
}
