import { formatCount } from "#lib/credits.ts";

/** What a batch changes; "reversal" is of another batch. */
export const BATCH_KINDS = [
  "allocation",
  "return",
  "allowance",
  "tags",
  "status",
  "member_allowance",
  "member_role",
  "member_status",
  "reversal",
] as const;
export type BatchKind = (typeof BATCH_KINDS)[number];

/** The most rows that one batch changes. */
export const BATCH_MAX = 100_000;

const counted = (count: number, one: string, many: string) =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

/** What a batch did, in words: "Credits added to 5 organizations". */
export function batchText(kind: BatchKind, changes: number): string {
  const organizations = counted(changes, "organization", "organizations");
  const members = counted(changes, "membership", "memberships");
  switch (kind) {
    case "allocation":
      return `Credits added to ${organizations}`;
    case "return":
      return `Credits returned from ${organizations}`;
    case "allowance":
      return `Monthly allowance of ${organizations} set`;
    case "tags":
      return `Tags of ${organizations} changed`;
    case "status":
      return `Status of ${organizations} changed`;
    case "member_allowance":
      return `Monthly allowance of ${members} set`;
    case "member_role":
      return `Role of ${members} set`;
    case "member_status":
      return `Status of ${members} changed`;
    case "reversal":
      return `${counted(changes, "change", "changes")} reversed`;
  }
}

/** Whether a batch changes memberships or allowances, which an admin of the organizations may do. */
export const isOfOrganizationAdmins = (kind: BatchKind): boolean =>
  kind === "allowance" || kind === "member_allowance" || kind === "member_role" || kind === "member_status";

/** The page of a batch. */
export const batchHref = (id: number) => `/batches/${id}`;
