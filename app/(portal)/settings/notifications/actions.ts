"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { editAction, formAction } from "#app/action.ts";
import { finishEdit, finishForm } from "#app/finish.ts";
import { rowId } from "#lib/fields.ts";
import type { FormState } from "#lib/form-state.ts";
import { setMailPreference } from "#lib/mail/commands.ts";
import { mailPreferenceInput } from "#lib/mail/rules/preferences.ts";
import { sendTestMail } from "#lib/mail/test-mail.ts";
import { done, refused } from "#lib/result.ts";
import { sendAgain, sendTest } from "#lib/webhooks/commands/again.ts";
import {
  createEndpoint,
  pauseOrResume,
  removeEndpoint,
  rotateSecret,
  updateEndpoint,
} from "#lib/webhooks/commands/endpoints.ts";
import {
  createEndpointInput,
  endpointInput,
  endpointStateInput,
  updateEndpointInput,
} from "#lib/webhooks/rules/endpoints.ts";

const PAGE = "/settings/notifications";

const endpointPage = (data: FormData) => `${PAGE}/endpoints/${data.get("id")}`;

/** An endpoint lets data leave the portal, so the person who adds or changes one confirms who they are. */
const confirms = () => true;

export async function createEndpointAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "owner",
    input: createEndpointInput,
    data,
    confirms,
    run: createEndpoint,
    done: async ({ id, name, secret }) => {
      revalidatePath(PAGE);
      return { finished: true, values: { id: String(id), name, secret: secret ?? "" } };
    },
  });
}

export async function updateEndpointAction(_state: FormState, data: FormData): Promise<FormState> {
  return editAction({
    role: "owner",
    input: updateEndpointInput,
    data,
    confirms,
    run: updateEndpoint,
    done: ({ changed }) => finishEdit(data, changed, "The endpoint was saved.", endpointPage(data)),
  });
}

export async function rotateSecretAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "owner",
    input: endpointInput,
    data,
    confirms,
    run: rotateSecret,
    done: async ({ secret }) => ({ finished: true, values: { secret } }),
  });
}

export async function pauseOrResumeAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "owner",
    input: endpointStateInput,
    data,
    run: pauseOrResume,
    done: ({ name, changed }) => {
      const state = data.get("to") === "paused" ? "paused" : "active";
      return finishForm(data, `${name} is ${state}${changed ? "" : " already"}.`, endpointPage(data));
    },
  });
}

export async function removeEndpointAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "owner",
    input: endpointInput,
    data,
    run: removeEndpoint,
    done: ({ name }) => finishForm(data, `${name} was removed.`, PAGE),
  });
}

export async function sendTestAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "owner",
    input: endpointInput,
    data,
    run: sendTest,
    done: ({ endpoint, outcome: { status, error, durationMs } }) =>
      finishForm(
        data,
        error === null
          ? `${endpoint} answered with ${status} after ${durationMs} ms.`
          : `${endpoint} did not accept the test. ${error}`,
        endpointPage(data),
      ),
  });
}

export async function sendAgainAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "owner",
    input: z.object({ delivery: rowId("Unknown delivery.") }),
    data,
    run: sendAgain,
    done: () =>
      finishForm(data, "The event is sent again within a second. Reload the page to see its tries."),
  });
}

export async function setMailPreferenceAction(_state: FormState, data: FormData): Promise<FormState> {
  return editAction({
    role: "owner",
    input: mailPreferenceInput,
    data,
    run: setMailPreference,
    done: ({ email, changed }) => finishEdit(data, changed, `The emails of ${email} were saved.`),
  });
}

export async function sendTestMailAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "owner",
    input: z.object({}),
    data,
    run: async (_input, { email }) => {
      const { error } = await sendTestMail(email);
      return error === null ? done({ email }) : refused("mail_not_sent", error);
    },
    done: ({ email }) => finishForm(data, `A test mail was sent to ${email}.`),
  });
}
