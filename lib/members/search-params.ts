import { choiceParam, pageParam, searchParamsCodec, textParam } from "#lib/search-params.ts";
import { MEMBER_ROLES } from "./rules/choices.ts";

const MEMBER_SORT_KEYS = ["name", "active", "spent", "created"] as const;
export type MemberSortKey = (typeof MEMBER_SORT_KEYS)[number];
/** With a minus: from high to low, or from new to old. */
export type MemberSort = MemberSortKey | `-${MemberSortKey}`;

export const SORTS = MEMBER_SORT_KEYS.flatMap((key): MemberSort[] => [key, `-${key}`]);

/** Which part of the monthly allowance is spent: "80" is 80% or more, this month. */
const USED_CHOICES = ["all", "80"] as const;

/** The view of `/members`, as its URL defines it. Role, status and use must be those of one membership. */
export const membersSearchParams = searchParamsCodec({
  q: textParam(200),
  /** A code. */
  organization: textParam(100),
  role: choiceParam(["all", ...MEMBER_ROLES], "all"),
  status: choiceParam(["all", "active", "inactive"], "all"),
  used: choiceParam(USED_CHOICES, "all"),
  sort: choiceParam(SORTS, "name"),
  page: pageParam,
});

export type MembersView = typeof membersSearchParams.defaults;

/** The link to a view; a change of anything but the page starts at page 1. */
export function membersHref(view: MembersView, change: Partial<MembersView> = {}, path = "/members"): string {
  return path + membersSearchParams.encode({ ...view, page: 1, ...change });
}

/** Everything that an organization's tab of members shows. */
export const membershipsSearchParams = searchParamsCodec({
  q: textParam(200),
  role: choiceParam(["all", ...MEMBER_ROLES], "all"),
  status: choiceParam(["all", "active", "inactive"], "all"),
  used: choiceParam(USED_CHOICES, "all"),
  sort: choiceParam(["name", "-name", "spent", "-spent"], "name"),
  page: pageParam,
});

export type MembershipsView = typeof membershipsSearchParams.defaults;

/** The link to a view of one organization's members, whose page is at `path`. */
export function membershipsHref(
  path: string,
  view: MembershipsView,
  change: Partial<MembershipsView> = {},
): string {
  return path + membershipsSearchParams.encode({ ...view, page: 1, ...change });
}
