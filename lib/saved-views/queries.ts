import { and, asc, eq, or, type Placeholder, type SQL, sql } from "drizzle-orm";
import { database } from "#db/client.ts";
import { savedViewStars, savedViews } from "#db/schema/index.ts";
import { statement } from "#db/statement.ts";
import type { Role } from "#lib/actor.ts";
import { STARS_MAX, VIEWS_MAX } from "./rules/views.ts";

/** The portal user who reads views. */
export type ViewReader = { id: number; role: Role | null };

/** A view as a user sees it. It is an address and nothing more: its page checks what the user may read. */
export type SavedView = { id: number; name: string; href: string; shared: boolean; starred: boolean };

/**
 * A user's own views and the shared ones. The name of a shared view may name an organization, so only users with a role on
 * the whole enterprise see those.
 */
export function visibleTo(id: number | Placeholder, seesShared: boolean): SQL | undefined {
  const own = and(eq(savedViews.portalUserId, id), eq(savedViews.shared, false));
  return seesShared ? or(own, eq(savedViews.shared, true)) : own;
}

const userId = sql.placeholder("userId");

/** The navigation of each page has the starred views. */
const starred = (seesShared: boolean) =>
  statement((db) =>
    db
      .select({
        id: savedViews.id,
        name: savedViews.name,
        href: savedViews.href,
        shared: savedViews.shared,
      })
      .from(savedViewStars)
      .innerJoin(savedViews, eq(savedViews.id, savedViewStars.savedViewId))
      .where(and(eq(savedViewStars.portalUserId, userId), visibleTo(userId, seesShared)))
      .orderBy(asc(savedViews.nameKey))
      .limit(STARS_MAX),
  );
const statements = { starred: starred(false), starredWithShared: starred(true) };

function viewsWhere(reader: ViewReader, condition: SQL | undefined, limit: number): SavedView[] {
  return database()
    .select({
      id: savedViews.id,
      name: savedViews.name,
      href: savedViews.href,
      shared: savedViews.shared,
      starred: sql<boolean>`${savedViewStars.savedViewId} IS NOT NULL`.mapWith(Boolean),
    })
    .from(savedViews)
    .leftJoin(
      savedViewStars,
      and(eq(savedViewStars.savedViewId, savedViews.id), eq(savedViewStars.portalUserId, reader.id)),
    )
    .where(and(visibleTo(reader.id, reader.role !== null), condition))
    .orderBy(asc(savedViews.shared), asc(savedViews.nameKey))
    .limit(limit)
    .all();
}

/** The views that a user sees: first the own ones, by name. */
export function listViews(reader: ViewReader): SavedView[] {
  return viewsWhere(reader, undefined, 2 * VIEWS_MAX);
}

/** The views that a user has starred, by name. */
export function starredViews({ id, role }: ViewReader): SavedView[] {
  const { starred, starredWithShared } = statements;
  const rows = (role === null ? starred : starredWithShared).all({ userId: id });
  return rows.map((view) => ({ ...view, starred: true }));
}

/** One view; null if the user sees none with this id. */
export function getView(reader: ViewReader, id: number): SavedView | null {
  return viewsWhere(reader, eq(savedViews.id, id), 1)[0] ?? null;
}
