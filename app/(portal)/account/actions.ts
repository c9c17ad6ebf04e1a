"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import { editAction, formAction } from "#app/action.ts";
import { finishEdit, finishForm } from "#app/finish.ts";
import { setFlash } from "#app/flash.ts";
import { rowId } from "#lib/fields.ts";
import type { FormState } from "#lib/form-state.ts";
import { ownOrigin } from "#lib/portal-users/auth.ts";
import { safeReturnPath } from "#lib/portal-users/rules.ts";
import { tokenHash } from "#lib/portal-users/secrets.ts";
import { currentSessionId } from "#lib/portal-users/session.ts";
import { done, type Result, refused } from "#lib/result.ts";
import {
  addPasskey,
  beginAuthenticatorApp,
  confirmAuthenticatorApp,
  makeRecoveryCodes,
  removeAuthenticatorApp,
  removePasskey,
  renamePasskey,
  type Self,
} from "#lib/second-factor/commands/manage.ts";
import { checkCreation, creationOptions, siteOf } from "#lib/second-factor/passkeys.ts";
import { passkeysOf } from "#lib/second-factor/queries.ts";
import {
  factorAnswerFields,
  newPasskeyBinding,
  passkeyName,
  renamePasskeyInput,
} from "#lib/second-factor/rules.ts";
import { getSettings } from "#lib/settings/queries.ts";

type ActionOf<Input extends z.ZodType, Value> = {
  input: Input;
  data: FormData;
  secretFields?: readonly string[];
  /** Whether the person must have confirmed in the last five minutes who they are. */
  confirms: boolean;
  run: (input: z.output<Input>, self: Self, sessionId: string) => Promise<Result<Value>>;
  done: (value: Value) => Promise<FormState>;
};

/** An action on one's own second factors. It is also open to people who must add one before anything else. */
function ownFactorAction<Input extends z.ZodType, Value>({
  confirms,
  run,
  ...form
}: ActionOf<Input, Value>): Promise<FormState> {
  return formAction({
    ...form,
    role: "grant",
    whileEnrolling: true,
    confirms: () => confirms,
    run: async (input, actor) => {
      const sessionId = await currentSessionId();
      if (actor.kind !== "portal_user" || sessionId === null) {
        return refused("signed_out", "You are signed out.");
      }
      return run(input, actor, sessionId);
    },
  });
}

const site = async () => siteOf(ownOrigin(await headers()));

const nextField = { next: z.string().optional() };

/** Shows new recovery codes once; without any, leads on with a message. */
async function showCodes(
  { recoveryCodes, next }: { recoveryCodes: string[] | null; next?: string | undefined },
  message: string,
): Promise<FormState> {
  if (recoveryCodes) return { finished: true, values: { recoveryCodes: recoveryCodes.join(" ") } };
  await setFlash({ text: message });
  redirect(next ? safeReturnPath(next) : "/account");
}

export async function beginPasskeyAction(_state: FormState, data: FormData): Promise<FormState> {
  return ownFactorAction({
    input: z.object({ name: passkeyName }),
    data,
    confirms: true,
    run: async ({ name }, self, sessionId) => {
      const options = await creationOptions(self, {
        site: await site(),
        enterpriseName: getSettings().enterpriseName,
        present: passkeysOf(self.id),
        boundTo: newPasskeyBinding(tokenHash(sessionId)),
      });
      return done({ name, options });
    },
    done: async ({ name, options }) => ({ finished: true, values: { name, options } }),
  });
}

export async function addPasskeyAction(_state: FormState, data: FormData): Promise<FormState> {
  return ownFactorAction({
    input: z.object({ name: passkeyName, passkey: factorAnswerFields.passkey, ...nextField }),
    data,
    // The challenge that the passkey signs is given out after a confirmation, to this session alone.
    confirms: false,
    run: async ({ name, passkey: answer, next }, self, sessionId) => {
      const boundTo = newPasskeyBinding(tokenHash(sessionId));
      const passkey = await checkCreation(answer, { site: await site(), boundTo });
      if (!passkey) {
        return refused("passkey_wrong", "This passkey could not be checked. Reload the page and try again.");
      }
      const added = await addPasskey({ name, passkey }, self, sessionId);
      return added.ok ? done({ ...added.value, next }) : added;
    },
    done: (added) => showCodes(added, "The passkey was added."),
  });
}

/** A name opens nothing, so that this asks for no confirmation. */
export async function renamePasskeyAction(_state: FormState, data: FormData): Promise<FormState> {
  return editAction({
    role: "grant",
    input: renamePasskeyInput,
    data,
    run: renamePasskey,
    done: ({ changed }) => finishEdit(data, changed, "The passkey was renamed.", "/account"),
  });
}

export async function removePasskeyAction(_state: FormState, data: FormData): Promise<FormState> {
  return ownFactorAction({
    input: z.object({ id: rowId("Unknown passkey.") }),
    data,
    confirms: true,
    run: removePasskey,
    done: ({ name }) => finishForm(data, `The passkey ${name} was removed.`, "/account"),
  });
}

export async function beginAuthenticatorAction(_state: FormState, data: FormData): Promise<FormState> {
  return ownFactorAction({
    input: z.object(nextField),
    data,
    confirms: true,
    run: async ({ next }, self, sessionId) => {
      const result = await beginAuthenticatorApp(self, sessionId);
      return result.ok ? done({ next }) : result;
    },
    done: async ({ next }) =>
      redirect(next ? `/account/authenticator?${new URLSearchParams({ next })}` : "/account/authenticator"),
  });
}

export async function confirmAuthenticatorAction(_state: FormState, data: FormData): Promise<FormState> {
  return ownFactorAction({
    input: z.object({ code: factorAnswerFields.code, ...nextField }),
    data,
    secretFields: ["code"],
    confirms: false,
    run: async ({ code, next }, self, sessionId) => {
      const added = await confirmAuthenticatorApp({ code }, self, sessionId);
      return added.ok ? done({ ...added.value, next }) : added;
    },
    done: (added) => showCodes(added, "The authenticator app was added."),
  });
}

export async function removeAuthenticatorAction(_state: FormState, data: FormData): Promise<FormState> {
  return ownFactorAction({
    input: z.object({}),
    data,
    confirms: true,
    run: (_input, self) => removeAuthenticatorApp(self),
    done: () => finishForm(data, "The authenticator app was removed.", "/account"),
  });
}

export async function makeRecoveryCodesAction(_state: FormState, data: FormData): Promise<FormState> {
  return ownFactorAction({
    input: z.object(nextField),
    data,
    confirms: true,
    run: async ({ next }, self) => {
      const result = await makeRecoveryCodes(self);
      return result.ok ? done({ ...result.value, next }) : result;
    },
    done: (codes) => showCodes(codes, ""),
  });
}
