import { notFound } from "next/navigation";
import { getMember, type MemberDetail } from "#lib/members/queries/members.ts";
import type { Scope } from "#lib/scope/scope.ts";

/** The person whose page this is; not found where nobody in the scope has the id. */
export function memberOf(scope: Scope, segment: string): MemberDetail {
  const member = /^[1-9]\d{0,14}$/.test(segment) ? getMember(scope, Number(segment)) : null;
  if (!member) notFound();
  return member;
}
