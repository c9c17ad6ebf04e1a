import { and, desc, eq, isNull, lt, type SQL } from "drizzle-orm";
import { database } from "#db/client.ts";
import { apiKeys, organizations } from "#db/schema/index.ts";
import { type ApiKeyStatus, statusOf } from "./rules.ts";

export const API_KEYS_PAGE_SIZE = 50;

/** A key as a list shows it. */
export type ApiKeyListItem = {
  id: number;
  name: string;
  /** Its first characters. */
  prefix: string;
  /** Null for the whole enterprise. */
  organization: { id: number; code: string; name: string } | null;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  /** To the minute; null for never. */
  lastUsedAt: Date | null;
  status: ApiKeyStatus;
};

/** Which keys: those of an organization (its row id), those of the whole enterprise, or all. */
export type ApiKeyOwner = number | "enterprise" | "all";

function ownedBy(owner: ApiKeyOwner): SQL | undefined {
  if (owner === "all") return undefined;
  return owner === "enterprise" ? isNull(apiKeys.organizationId) : eq(apiKeys.organizationId, owner);
}

function keysWhere(condition: SQL | undefined, limit: number, now: Date): ApiKeyListItem[] {
  return database()
    .select({
      id: apiKeys.id,
      name: apiKeys.name,
      prefix: apiKeys.prefix,
      organization: { id: organizations.id, code: organizations.code, name: organizations.name },
      createdAt: apiKeys.createdAt,
      expiresAt: apiKeys.expiresAt,
      revokedAt: apiKeys.revokedAt,
      lastUsedAt: apiKeys.lastUsedAt,
    })
    .from(apiKeys)
    .leftJoin(organizations, eq(organizations.id, apiKeys.organizationId))
    .where(condition)
    .orderBy(desc(apiKeys.id))
    .limit(limit)
    .all()
    .map((row) => ({ ...row, status: statusOf(row, now) }));
}

/** A page of the keys, newest first; `next` is the `before` of the page after it, null on the last. */
export function listApiKeys(
  owner: ApiKeyOwner,
  { before = null, now = new Date() }: { before?: number | null; now?: Date } = {},
): { items: ApiKeyListItem[]; next: number | null } {
  const condition = and(ownedBy(owner), before === null ? undefined : lt(apiKeys.id, before));
  const rows = keysWhere(condition, API_KEYS_PAGE_SIZE + 1, now);
  const items = rows.slice(0, API_KEYS_PAGE_SIZE);
  return { items, next: rows.length > API_KEYS_PAGE_SIZE ? (items.at(-1)?.id ?? null) : null };
}

/** One key; null if there is none. */
export function getApiKey(id: number, now: Date = new Date()): ApiKeyListItem | null {
  return keysWhere(eq(apiKeys.id, id), 1, now)[0] ?? null;
}
