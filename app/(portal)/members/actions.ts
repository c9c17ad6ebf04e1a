"use server";

import { randomUUID } from "node:crypto";
import { organizationMeant } from "#app/(portal)/transactions/suggestions.ts";
import { editAction, formAction } from "#app/action.ts";
import { finishEdit, finishForm } from "#app/finish.ts";
import { changeChosen, changeView, finishStatusChange } from "#app/status-change.ts";
import { runBatch } from "#lib/batches/thread.ts";
import { tooMany } from "#lib/bulk/record.ts";
import { formatCount } from "#lib/credits.ts";
import type { FormState } from "#lib/form-state.ts";
import { addAlias, removeAlias } from "#lib/members/aliases.ts";
import { setApprovedDomains } from "#lib/members/commands/approved-domains.ts";
import { addMember, updateMember } from "#lib/members/commands/members.ts";
import { updateMembership } from "#lib/members/commands/memberships.ts";
import { setApprovedDomainsInput } from "#lib/members/domain-rules.ts";
import { mergeMembers } from "#lib/members/merge.ts";
import { removeMembership } from "#lib/members/removal.ts";
import {
  addAliasInput,
  addMemberInput,
  changeMembershipsStatusInput,
  mergeMembersInput,
  removeAliasInput,
  removeMembershipInput,
  updateMemberInput,
  updateMembershipInput,
} from "#lib/members/rules.ts";
import { statusRows } from "./status/rows.ts";

export async function addMemberAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "organization_admin",
    input: addMemberInput,
    data,
    run: (member, actor) =>
      addMember({ ...member, organization: organizationMeant(actor.scope, member.organization) }, actor),
    done: ({ name, email, organization, hasOtherName }) =>
      finishForm(
        data,
        `${name} was added to ${organization}.${hasOtherName ? ` The existing name of ${email} was kept.` : ""}`,
      ),
  });
}

export async function updateMemberAction(_state: FormState, data: FormData): Promise<FormState> {
  return editAction({
    role: "organization_admin",
    input: updateMemberInput,
    data,
    run: updateMember,
    done: ({ name, changed }) => finishEdit(data, changed, `${name} was saved.`),
  });
}

export async function addAliasAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "organization_admin",
    input: addAliasInput,
    data,
    run: addAlias,
    done: ({ name, email }) => finishForm(data, `${email} finds ${name} from now on.`),
  });
}

export async function removeAliasAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "organization_admin",
    input: removeAliasInput,
    data,
    run: removeAlias,
    done: ({ name, email }) => finishForm(data, `${email} is no longer a former email of ${name}.`),
  });
}

export async function updateMembershipAction(_state: FormState, data: FormData): Promise<FormState> {
  return editAction({
    role: "organization_admin",
    input: updateMembershipInput,
    data,
    run: updateMembership,
    done: ({ name, organization, changed }) =>
      finishEdit(data, changed, `The settings of ${name} in ${organization} were saved.`),
  });
}

export async function removeMembershipAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "organization_admin",
    input: removeMembershipInput,
    data,
    run: removeMembership,
    done: ({ memberId, name, organization, personGone }) => {
      const page = `/members/${memberId}`;
      const isGone = personGone && String(data.get("back") ?? page).startsWith(page);
      return finishForm(data, `${name} was removed from ${organization}.`, isGone ? "/members" : null);
    },
  });
}

export async function mergeMembersAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "organization_admin",
    input: mergeMembersInput,
    data,
    run: mergeMembers,
    done: ({ id, name, other }) => finishForm(data, `${other} was merged into ${name}.`, `/members/${id}`),
  });
}

/** Changes the status of some memberships, or of all in a view of `/members` or of one organization's members. */
export async function changeMembershipsStatusAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "organization_admin",
    input: changeMembershipsStatusInput,
    data,
    run: async ({ to, ids, view, organization, expected }, actor) => {
      const change = (chosen: readonly number[]) =>
        runBatch(
          "changeMembershipsActive",
          chosen.length,
          chosen,
          to === "activate",
          actor,
          chosen.length > 1 ? randomUUID() : null,
        );
      if (view === undefined) return changeChosen(ids, change);
      const rows = await statusRows(actor.scope, { to, view, organization: organization ?? null });
      return rows === null ? tooMany() : changeView({ to, expected }, rows, change);
    },
    done: (outcome) => finishStatusChange(data, outcome, "member", "members"),
  });
}

export async function setApprovedDomainsAction(_state: FormState, data: FormData): Promise<FormState> {
  return editAction({
    role: "organization_admin",
    input: setApprovedDomainsInput,
    data,
    run: setApprovedDomains,
    done: ({ code, domains, changed }) => {
      const count = `${formatCount(domains.length)} ${domains.length === 1 ? "domain is" : "domains are"}`;
      const text = domains.length === 0 ? "Automatic membership is off." : `${count} approved.`;
      return finishEdit(data, changed, text, `/organizations/${encodeURIComponent(code)}/settings`);
    },
  });
}
