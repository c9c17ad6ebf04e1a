import { headers } from "next/headers";
import { unstable_rethrow } from "next/navigation";
import type { z } from "zod";
import { DatabaseUnavailableError } from "#db/unavailable.ts";
import { ForbiddenError, OutsideScopeError } from "#lib/actor.ts";
import { type FormState, textFields, UNREADABLE_FORM } from "#lib/form-state.ts";
import { type ActingUser, actingUser, enrollingUser } from "#lib/portal-users/session.ts";
import { clientAddress } from "#lib/request-context.ts";
import { type Result, refused } from "#lib/result.ts";
import { type Access, hasAccess } from "#lib/scope/scope.ts";
import { decodeOriginal, mergeStaleEdit, ORIGINAL_FIELD, type OriginalValues } from "#lib/stale-edit.ts";
import { askToConfirm } from "./confirmation.ts";
import { isSameOrigin, SENT_FROM_ELSEWHERE } from "./same-origin.ts";

type FormOf<Input extends z.ZodType, Value> = {
  input: Input;
  data: FormData;
  /** The fields that are never sent back, besides those of {@link valuesOf}. */
  secretFields?: readonly string[];
  /** Runs after success; usually it redirects. */
  done: (value: Value) => Promise<FormState | undefined> | Promise<void>;
};
type Action<Input extends z.ZodType, Value> = FormOf<Input, Value> & {
  /** Checked early, so that the answer names what is missing. The command decides, in its transaction. */
  role: Access;
  /** Whether this input asks the person to confirm who they are, unless they did in the last five minutes. */
  confirms?: (input: z.output<Input>, actor: ActingUser) => boolean;
  /** Also open to people who must add a second factor before anything else. */
  whileEnrolling?: boolean;
  run: (input: z.output<Input>, actor: ActingUser) => Promise<Result<Value>>;
};

/** What goes back to the form. A password or a confirmation is never sent back, not even to its own form. */
function valuesOf(
  typed: Record<string, string>,
  secretFields: readonly string[] = [],
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(typed).filter(
      ([name]) => !/password|^confirm|^passkey$/i.test(name) && !secretFields.includes(name),
    ),
  );
}

/** Errors of a command whose message is for the person who sent the form. */
const REFUSALS = [DatabaseUnavailableError, ForbiddenError, OutsideScopeError];

/** zod, the question of `ask`, the command, and back to the form with what was typed when either refuses. */
async function runForm<Input extends z.ZodType, Value>(
  { input, data, secretFields, done }: FormOf<Input, Value>,
  run: (input: z.output<Input>) => Promise<Result<Value>>,
  ask: (input: z.output<Input>) => Promise<FormState | null> = async () => null,
): Promise<FormState> {
  const typed = textFields(data);
  const values = valuesOf(typed, secretFields);
  const parsed = input.safeParse(typed);
  if (!parsed.success) {
    const errors: Record<string, string> = {};
    for (const issue of parsed.error.issues) errors[String(issue.path[0] ?? "form")] ??= issue.message;
    return { values, errors, ...(errors.form && { message: errors.form }) };
  }
  try {
    const question = await ask(parsed.data);
    if (question) return { values, ...question };
    const result = await run(parsed.data);
    if (!result.ok) {
      if (result.current) {
        const original = decodeOriginal(typed[ORIGINAL_FIELD]) ?? {};
        return { ...mergeStaleEdit(original, result.current, values), message: result.message };
      }
      return result.field
        ? { values, errors: { [result.field]: result.message } }
        : { values, message: result.message };
    }
    return (await done(result.value)) ?? {};
  } catch (error) {
    unstable_rethrow(error);
    if (REFUSALS.some((refusal) => error instanceof refusal)) {
      return { values, message: (error as Error).message };
    }
    throw error;
  }
}

/**
 * What every form's action goes through, in this order: the form comes from a page of this portal, the session, the
 * role, zod, where `confirms` asks for it a confirmation of who the person is, the command. A refusal by any of them goes
 * back to the form with what was typed.
 */
export async function formAction<Input extends z.ZodType, Value>({
  role,
  run,
  confirms,
  whileEnrolling = false,
  ...form
}: Action<Input, Value>): Promise<FormState> {
  if (!(form.data instanceof FormData)) return { message: UNREADABLE_FORM };
  const values = valuesOf(textFields(form.data), form.secretFields);
  if (!isSameOrigin(await headers())) return { values, message: SENT_FROM_ELSEWHERE };
  const actor = await actingUser({ whileEnrolling });
  if (!actor && (await enrollingUser())) {
    return { values, message: "Add a second factor on the page “Account” first." };
  }
  if (!actor) {
    return {
      values,
      message: "You are signed out. Sign in again in another tab, then submit this form once more.",
    };
  }
  if (!hasAccess(actor, role)) {
    const refusal =
      actor.role === null
        ? "You are not allowed to do this."
        : `Your role, ${actor.role}, does not allow this.`;
    const needed = role === "organization_admin" ? "admin on the organization" : role;
    return { values, message: `${refusal} Ask an owner for the role ${needed}.` };
  }
  return runForm(
    form,
    (input) => run(input, actor),
    async (input) => (confirms?.(input, actor) ? askToConfirm(actor, form.data) : null),
  );
}

/** {@link formAction} for people who are not signed in yet: sign-in, setup, invitation. */
export async function publicFormAction<Input extends z.ZodType, Value>({
  run,
  ...form
}: FormOf<Input, Value> & {
  /** `address` is the client's, as far as trusted proxies name it. */
  run: (input: z.output<Input>, address: string | null) => Promise<Result<Value>>;
}): Promise<FormState> {
  if (!(form.data instanceof FormData)) return { message: UNREADABLE_FORM };
  const requestHeaders = await headers();
  // Otherwise another site could sign somebody in to an account of its own.
  if (!isSameOrigin(requestHeaders)) {
    return { values: valuesOf(textFields(form.data), form.secretFields), message: SENT_FROM_ELSEWHERE };
  }
  return runForm(form, (input) => run(input, clientAddress(requestHeaders)));
}

/**
 * {@link formAction} for a form that changes what is there already. The form must carry the values that it was opened
 * with; the command refuses to overwrite a change that they do not know of.
 */
export function editAction<Input extends z.ZodType, Value>({
  run,
  ...action
}: Omit<Action<Input, Value>, "run"> & {
  run: (input: z.output<Input>, actor: ActingUser, original: OriginalValues) => Promise<Result<Value>>;
}): Promise<FormState> {
  return formAction({
    ...action,
    run: async (input, actor) => {
      const original = decodeOriginal(textFields(action.data)[ORIGINAL_FIELD]);
      return original ? run(input, actor, original) : refused("original_missing", UNREADABLE_FORM);
    },
  });
}
