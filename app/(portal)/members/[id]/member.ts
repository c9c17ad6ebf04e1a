import { notFound } from "next/navigation";
import { getMember, type MemberDetail } from "#lib/members/queries/members.ts";
import { readRowId } from "#lib/row-id.ts";
import type { Scope } from "#lib/scope/scope.ts";

/** The person whose page this is; not found where nobody in the scope has the id. */
export function memberOf(scope: Scope, segment: string): MemberDetail {
  const id = readRowId(segment);
  const member = id === null ? null : getMember(scope, id);
  if (!member) notFound();
  return member;
}
