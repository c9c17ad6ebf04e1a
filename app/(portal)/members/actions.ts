"use server";

import { redirect } from "next/navigation";
import { formAction } from "#app/action.ts";
import { finishForm } from "#app/finish.ts";
import { setFlash } from "#app/flash.ts";
import { formatCount } from "#lib/credits.ts";
import type { FormState } from "#lib/form-state.ts";
import {
  addMember,
  setApprovedDomains,
  setMembershipsActive,
  updateMember,
  updateMembership,
} from "#lib/members/commands.ts";
import { setApprovedDomainsInput } from "#lib/members/domain-rules.ts";
import { membershipIdsOf } from "#lib/members/queries.ts";
import {
  addMemberInput,
  changeMembershipsStatusInput,
  updateMemberInput,
  updateMembershipInput,
} from "#lib/members/rules.ts";
import { membershipsSearchParams } from "#lib/members/search-params.ts";
import { refused } from "#lib/result.ts";

export async function addMemberAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: addMemberInput,
    data,
    run: addMember,
    done: ({ name, email, organization, keptName }) =>
      finishForm(
        data,
        `${name} was added to ${organization}.${keptName ? ` ${email} is known by this name, which stays.` : ""}`,
      ),
  });
}

export async function updateMemberAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: updateMemberInput,
    data,
    run: updateMember,
    done: ({ name }) => finishForm(data, `${name} was saved.`),
  });
}

export async function updateMembershipAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: updateMembershipInput,
    data,
    run: updateMembership,
    done: ({ name, organization }) => finishForm(data, `${name} in ${organization} was saved.`),
  });
}

/** Changes the status of some memberships, or of all in a view of one organization. */
export async function changeMembershipsStatusAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: changeMembershipsStatusInput,
    data,
    run: async ({ to, ids, view, organization }, actor) => {
      if (view !== undefined && organization === undefined) {
        return refused("invalid_request", "Select members from the list.");
      }
      const chosen =
        view === undefined || organization === undefined
          ? ids
          : membershipIdsOf(organization, membershipsSearchParams.decode(new URLSearchParams(view)));
      return setMembershipsActive(chosen, to === "activate", actor);
    },
    done: ({ changed }) =>
      finishForm(
        data,
        `${formatCount(changed)} ${changed === 1 ? "member was" : "members were"} ${data.get("to") === "activate" ? "activated" : "deactivated"}.`,
      ),
  });
}

export async function setApprovedDomainsAction(_state: FormState, data: FormData): Promise<FormState> {
  return formAction({
    role: "admin",
    input: setApprovedDomainsInput,
    data,
    run: setApprovedDomains,
    done: async ({ code, domains }) => {
      const count = `${formatCount(domains.length)} ${domains.length === 1 ? "domain is" : "domains are"}`;
      await setFlash(domains.length === 0 ? "No domain is approved any more." : `${count} approved.`);
      redirect(`/organizations/${encodeURIComponent(code)}/settings`);
    },
  });
}
