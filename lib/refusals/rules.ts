import { z } from "zod";
import { emailKey } from "#lib/email.ts";
import { asTransform, type ReadResult } from "#lib/fields.ts";
import { codeKey } from "#lib/organization-codes/rules.ts";
import type { OriginalValues } from "#lib/stale-edit.ts";
import { foldForUniqueness } from "#lib/text.ts";
import type { UsageRefusal } from "#lib/usage/rules/event.ts";
import { OTHERS, REFUSAL_CODES, type RefusalCode } from "./rules/codes.ts";

export { OTHERS, REFUSAL_CODES, type RefusalCode };

/** Whether a refusal is about money or rights, and not about a request that cannot be read. */
export function isRefusalCode(code: UsageRefusal): code is RefusalCode {
  return (REFUSAL_CODES as readonly string[]).includes(code);
}

/** The most rows of one organization that a minute has, beside one for all others. */
export const ROWS_A_MINUTE_OF_ORGANIZATION = 100;
/** The most rows of all organizations that a minute has, beside one for all others. */
export const ROWS_A_MINUTE = 1_000;
/** The most rows that are kept; beyond it, the oldest are deleted. */
export const ROWS_MAX = 500_000;

export const MINUTE_MS = 60_000;

/** SQLite's largest integer. A sum stays there, because a few events of 10^12 credits exceed it. */
const AMOUNT_MAX = 2n ** 63n - 1n;

export const addAmounts = (a: bigint, b: bigint): bigint => (a + b > AMOUNT_MAX ? AMOUNT_MAX : a + b);

/** A request that was refused. Texts are as they were sent, within the bounds that the usage API checks. */
export type Refusal = {
  /** Milliseconds since 1970. */
  at: number;
  /** The API key, and the organization that it belongs to; null for the enterprise. */
  apiKeyId: number;
  keyOrganizationId: number | null;
  /** The code that the request named; null where the key names the organization. */
  organization: string | null;
  member: string;
  /** "" for a check. */
  application: string;
  request: "event" | "check";
  code: RefusalCode;
  /** Micro-credits; 0 for a check without an amount. */
  amount: bigint;
  /** What was left, in micro-credits; null where the reason is another. */
  remaining: bigint | null;
};

/** Equal refusals of one minute, or the others of one minute. */
export type RefusalGroup = Omit<Refusal, "code" | "apiKeyId"> & {
  code: RefusalCode | typeof OTHERS;
  /** Null for the others. */
  apiKeyId: number | null;
  lastAt: number;
  requests: number;
};

/** Refusals that are not written yet. */
export type PendingRefusals = {
  groups: Map<string, RefusalGroup>;
  /** How many groups each organization has, as its requests name it. */
  groupsOf: Map<string, number>;
};

export const noRefusals = (): PendingRefusals => ({ groups: new Map(), groupsOf: new Map() });

const minuteOf = (at: number) => Math.floor(at / MINUTE_MS);

/** The organization of a request, as far as the request tells it. No code has a line break. */
const organizationText = ({ keyOrganizationId, organization }: RefusalGroup) =>
  keyOrganizationId === null ? codeKey(organization ?? "") : `\n${keyOrganizationId}`;

function keyOf(group: RefusalGroup): string {
  const { at, apiKeyId, request, code, organization, member, application } = group;
  return JSON.stringify([
    minuteOf(at),
    organizationText(group),
    apiKeyId,
    request,
    code,
    codeKey(organization ?? ""),
    emailKey(member),
    foldForUniqueness(application),
  ]);
}

function othersOf(group: RefusalGroup, isOfEnterprise: boolean): RefusalGroup {
  return {
    ...group,
    ...(isOfEnterprise && { keyOrganizationId: null, organization: null }),
    apiKeyId: null,
    member: "",
    application: "",
    request: "event",
    code: OTHERS,
    remaining: null,
  };
}

function addGroup({ groups, groupsOf }: PendingRefusals, group: RefusalGroup): boolean {
  const key = keyOf(group);
  const equal = groups.get(key);
  if (equal) {
    equal.lastAt = Math.max(equal.lastAt, group.lastAt);
    equal.at = Math.min(equal.at, group.at);
    equal.requests += group.requests;
    equal.amount = addAmounts(equal.amount, group.amount);
    equal.remaining = group.remaining;
    return true;
  }
  const organization = organizationText(group);
  const ofOrganization = groupsOf.get(organization) ?? 0;
  const isOthers = group.code === OTHERS;
  const isOfEnterprise = isOthers && organization === codeKey("");
  if (!isOfEnterprise && groups.size >= ROWS_A_MINUTE) return false;
  if (!isOthers && ofOrganization >= ROWS_A_MINUTE_OF_ORGANIZATION) return false;
  groups.set(key, { ...group });
  groupsOf.set(organization, ofOrganization + 1);
  return true;
}

/**
 * Adds a group to those that wait. It joins an equal one, and where there is no more room the others of its
 * organization or of the enterprise, so that what waits is bounded whatever is sent.
 */
export function mergeGroup(pending: PendingRefusals, group: RefusalGroup): void {
  if (addGroup(pending, group)) return;
  if (addGroup(pending, othersOf(group, false))) return;
  addGroup(pending, othersOf(group, true));
}

/** {@link mergeGroup} for one refusal. */
export function addRefusal(pending: PendingRefusals, refusal: Refusal): void {
  mergeGroup(pending, { ...refusal, lastAt: refusal.at, requests: 1 });
}

/** How long refusals may be kept, in days. */
const RETENTION_DAYS = { least: 1, most: 3_650 };

function readDays(text: string): ReadResult<number> {
  const days = /^\d{1,5}$/.test(text.trim()) ? Number(text.trim()) : Number.NaN;
  return days >= RETENTION_DAYS.least && days <= RETENTION_DAYS.most
    ? { ok: true, value: days }
    : { ok: false, message: "Enter a number of days from 1 to 3650." };
}

export const retentionInput = z.object({ refusalDays: z.string().transform(asTransform(readDays)) });
export type RetentionInput = z.output<typeof retentionInput>;

/** The setting as its form shows it, and as the audit records it. */
export function retentionFormValues({ refusalDays }: { refusalDays: number }) {
  return { refusalDays: String(refusalDays) } satisfies OriginalValues;
}
