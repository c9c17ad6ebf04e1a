import { and, count, eq, ne } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { savedViewStars, savedViews } from "#db/schema/index.ts";
import { type Actor, ForbiddenError } from "#lib/actor.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import { done, type Result, refused } from "#lib/result.ts";
import { actsAs, assertRole } from "#lib/scope/authorize.ts";
import { type OriginalValues, staleEdit } from "#lib/stale-edit.ts";
import { foldForUniqueness } from "#lib/text.ts";
import { visibleTo } from "./queries.ts";
import { type RenameViewInput, type SaveViewInput, STARS_MAX, VIEWS_MAX } from "./rules/views.ts";

// Views that a user keeps alone are no change of the enterprise, so that only shared ones are in the audit trail.

type View = typeof savedViews.$inferSelect;

const unknownView = () => refused<"name">("view_not_found", "This view does not exist.");

/** The portal user who acts. Nobody else has views. @throws ForbiddenError */
function userOf(actor: Actor): Actor & { kind: "portal_user" } {
  if (actor.kind !== "portal_user") throw new ForbiddenError("viewer");
  return actor;
}

/** The view, if the actor sees it; shared ones are for those who have a role on the enterprise. */
function visibleView(tx: Transaction, actor: Actor & { kind: "portal_user" }, id: number): View | null {
  const view = tx.select().from(savedViews).where(eq(savedViews.id, id)).get();
  if (!view) return null;
  return (view.shared ? actsAs(tx, actor, "viewer") : view.portalUserId === actor.id) ? view : null;
}

/** Of the shared views, or of the user's own. */
const among = (userId: number, shared: boolean) =>
  shared
    ? eq(savedViews.shared, true)
    : and(eq(savedViews.portalUserId, userId), eq(savedViews.shared, false));

function nameFault(tx: Transaction, userId: number, shared: boolean, name: string, exceptId: number) {
  const same = and(
    among(userId, shared),
    eq(savedViews.nameKey, foldForUniqueness(name)),
    ne(savedViews.id, exceptId),
  );
  const other = tx.select({ id: savedViews.id }).from(savedViews).where(same).get();
  return other ? refused<"name">("name_taken", "Another view has this name.", "name") : null;
}

const subject = (id: number, name: string) => ({ kind: "saved_view" as const, id, label: name });

/** Saves a name for the address of a list, and stars it where there is place. A shared one needs an admin. */
export async function saveView(
  { name, href, shared }: SaveViewInput,
  actor: Actor,
): Promise<Result<{ id: number; starred: boolean }, "name">> {
  const user = userOf(actor);
  const userId = user.id;
  return write((tx) => {
    if (shared) assertRole(tx, actor, "admin");
    const views = tx.select({ n: count() }).from(savedViews).where(among(userId, shared)).get()?.n ?? 0;
    if (views >= VIEWS_MAX) {
      return refused<"name">("too_many_views", `There are ${VIEWS_MAX} views already. Remove one first.`);
    }
    const fault = nameFault(tx, userId, shared, name, 0);
    if (fault) return fault;
    const { id } = tx
      .insert(savedViews)
      .values({
        portalUserId: userId,
        shared,
        name,
        nameKey: foldForUniqueness(name),
        href,
        createdAt: new Date(),
      })
      .returning({ id: savedViews.id })
      .get();
    const starred = starsOf(tx, user) < STARS_MAX;
    if (starred) tx.insert(savedViewStars).values({ portalUserId: userId, savedViewId: id }).run();
    if (shared) {
      recordAudit(tx, actor, [
        { action: "view.shared", subject: subject(id, name), before: {}, after: { name, view: href } },
      ]);
    }
    return done({ id, starred });
  });
}

/** Gives a view another name. With the `original` values of a form it refuses to overwrite a change made since. */
export async function renameView(
  { id, name }: RenameViewInput,
  actor: Actor,
  original?: OriginalValues,
): Promise<Result<{ changed: boolean }, "name">> {
  const user = userOf(actor);
  return write((tx) => {
    const view = visibleView(tx, user, id);
    if (!view) return unknownView();
    if (view.shared) assertRole(tx, actor, "admin");
    if (view.name === name) return done({ changed: false });
    const stale = staleEdit(original, { name: view.name });
    if (stale) return stale;
    const fault = nameFault(tx, user.id, view.shared, name, id);
    if (fault) return fault;
    tx.update(savedViews)
      .set({ name, nameKey: foldForUniqueness(name) })
      .where(eq(savedViews.id, id))
      .run();
    if (view.shared) {
      recordAudit(tx, actor, [
        { action: "view.renamed", subject: subject(id, name), before: { name: view.name }, after: { name } },
      ]);
    }
    return done({ changed: true });
  });
}

/** Removes a view, a shared one for everybody. */
export async function removeView(id: number, actor: Actor): Promise<Result<{ name: string }>> {
  const user = userOf(actor);
  return write((tx) => {
    const view = visibleView(tx, user, id);
    if (!view) return unknownView();
    if (view.shared) assertRole(tx, actor, "admin");
    tx.delete(savedViews).where(eq(savedViews.id, id)).run();
    if (view.shared) {
      recordAudit(tx, actor, [
        {
          action: "view.removed",
          subject: subject(id, view.name),
          before: { name: view.name, view: view.href },
          after: {},
        },
      ]);
    }
    return done({ name: view.name });
  });
}

/**
 * How many views that the user sees have a star. A star of a shared view stays while the user has no role on the enterprise;
 * it does not count, because the user cannot remove it.
 */
function starsOf(tx: Transaction, user: Actor & { kind: "portal_user" }): number {
  const stars = tx
    .select({ n: count() })
    .from(savedViewStars)
    .innerJoin(savedViews, eq(savedViews.id, savedViewStars.savedViewId))
    .where(and(eq(savedViewStars.portalUserId, user.id), visibleTo(user.id, actsAs(tx, user, "viewer"))))
    .get();
  return stars?.n ?? 0;
}

/** Puts a view into the user's navigation, or takes it out. */
export async function starView(
  id: number,
  starred: boolean,
  actor: Actor,
): Promise<Result<{ name: string }>> {
  const user = userOf(actor);
  return write((tx) => {
    const view = visibleView(tx, user, id);
    if (!view) return unknownView();
    const star = and(eq(savedViewStars.portalUserId, user.id), eq(savedViewStars.savedViewId, id));
    tx.delete(savedViewStars).where(star).run();
    if (starred) {
      if (starsOf(tx, user) >= STARS_MAX) {
        return refused("too_many_stars", `At most ${STARS_MAX} views are starred. Unstar one first.`);
      }
      tx.insert(savedViewStars).values({ portalUserId: user.id, savedViewId: id }).run();
    }
    return done({ name: view.name });
  });
}
