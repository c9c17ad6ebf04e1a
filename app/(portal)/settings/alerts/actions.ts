"use server";

import { organizationMeant } from "#app/(portal)/transactions/suggestions.ts";
import { editAction, formAction } from "#app/action.ts";
import { finishEdit, finishForm } from "#app/finish.ts";
import { createRule, removeRule, updateRule } from "#lib/alerts/commands/rules.ts";
import { createRuleInput, removeRuleInput, updateRuleInput } from "#lib/alerts/rules/inputs.ts";
import type { FormState } from "#lib/form-state.ts";

const PAGE = "/settings/alerts";

export async function createRuleAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: createRuleInput,
    data,
    run: (rule, actor) =>
      createRule(
        { ...rule, organization: rule.organization && organizationMeant(actor.scope, rule.organization) },
        actor,
      ),
    done: ({ text }) => finishForm(data, `The rule “${text}” was added.`, PAGE),
  });
}

export async function updateRuleAction(_state: FormState, data: FormData): Promise<FormState> {
  return editAction({
    role: "admin",
    input: updateRuleInput,
    data,
    run: updateRule,
    done: ({ changed }) => finishEdit(data, changed, "The rule was saved.", PAGE),
  });
}

export async function removeRuleAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: removeRuleInput,
    data,
    run: removeRule,
    done: ({ text }) => finishForm(data, `The rule “${text}” was removed.`, PAGE),
  });
}
