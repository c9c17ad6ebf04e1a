import { notFound } from "next/navigation";
import { getMember, type MemberDetail } from "#lib/members/queries/members.ts";

/** The person whose page this is. */
export function memberOf(segment: string): MemberDetail {
  const member = /^[1-9]\d{0,14}$/.test(segment) ? getMember(Number(segment)) : null;
  if (!member) notFound();
  return member;
}
