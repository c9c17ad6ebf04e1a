import { and, asc, desc, eq, gt, inArray, isNull, lt, type SQL, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { apiKeys, organizations } from "#db/schema/index.ts";
import { type Cursor, type KeysetPage, keysetPage, keysetPieces, type Walk } from "#lib/keyset.ts";
import { type Scope, scopeConditions } from "#lib/scope/scope.ts";
import { type ApiKeyStatus, statusOf } from "./rules.ts";
import type { ApiKeysView } from "./search-params.ts";

const API_KEYS_PAGE_SIZE = 50;

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

/** The keys of an owner that are in the scope. Keys of the whole enterprise are in no narrower scope. */
function ownedBy(scope: Scope, owner: ApiKeyOwner): SQL | undefined {
  const ofOwner =
    owner === "all"
      ? undefined
      : owner === "enterprise"
        ? isNull(apiKeys.organizationId)
        : eq(apiKeys.organizationId, owner);
  return and(ofOwner, ...scopeConditions(scope, sql`${apiKeys.organizationId}`));
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

/** The places of keys in the order of their ids, which is that of their creation. */
function placesOf(scope: Scope, owner: ApiKeyOwner, { from, direction, limit }: Walk): Cursor[] {
  const older = direction === "older";
  return database()
    .select({ at: apiKeys.createdAt, id: apiKeys.id })
    .from(apiKeys)
    .where(and(ownedBy(scope, owner), from ? (older ? lt : gt)(apiKeys.id, from.id) : undefined))
    .orderBy(older ? desc(apiKeys.id) : asc(apiKeys.id))
    .limit(limit)
    .all()
    .map(({ at, id }) => ({ at: at.getTime(), id }));
}

function keysAt(places: readonly Cursor[], now: Date): ApiKeyListItem[] {
  const ids = places.map(({ id }) => id);
  return keysWhere(inArray(apiKeys.id, ids), ids.length, now);
}

/** A page of keys, newest first; null where there is no further page. */
export type ApiKeysPage = Omit<KeysetPage, "places"> & { items: ApiKeyListItem[] };

/** One page of an owner's keys. */
export function listApiKeys(
  scope: Scope,
  owner: ApiKeyOwner,
  view: Pick<ApiKeysView, "before" | "after">,
  now: Date = new Date(),
): ApiKeysPage {
  const { places, older, newer } = keysetPage(
    (walk) => placesOf(scope, owner, walk),
    view,
    API_KEYS_PAGE_SIZE,
  );
  return { items: keysAt(places, now), older, newer };
}

/** All keys of an owner, newest first, read a page at a time. */
export function* everyApiKey(
  scope: Scope,
  owner: ApiKeyOwner,
  now: Date = new Date(),
): Generator<ApiKeyListItem> {
  for (const places of keysetPieces((walk) => placesOf(scope, owner, walk), API_KEYS_PAGE_SIZE)) {
    yield* keysAt(places, now);
  }
}

/** One key; null if there is none in the scope. */
export function getApiKey(scope: Scope, id: number, now: Date = new Date()): ApiKeyListItem | null {
  return keysWhere(and(eq(apiKeys.id, id), ownedBy(scope, "all")), 1, now)[0] ?? null;
}
