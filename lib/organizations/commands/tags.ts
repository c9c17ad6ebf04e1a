import { eq, inArray } from "drizzle-orm";
import { type Transaction, write } from "#db/client.ts";
import { organizations, organizationTags, portalUserGrants, portalUsers } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { renameTagInRules } from "#lib/alerts/commands/rules.ts";
import { recordAudit } from "#lib/audit/commands.ts";
import type { AuditChange } from "#lib/audit/rules.ts";
import { asBatch, tooMany } from "#lib/bulk/record.ts";
import { BATCH_MAX } from "#lib/bulk/rules/batches.ts";
import { done, type Refused, type Result, refused } from "#lib/result.ts";
import { assertRole } from "#lib/scope/authorize.ts";
import { type ViewChange, viewChange } from "#lib/status-change.ts";
import { sortedTags, TAGS_MAX, tagsText } from "#lib/tags.ts";
import { countOrganizationsOfTag, tagsColumn, tagsOfText } from "../tag-queries.ts";
import { auditedTags, writeTags } from "./insert.ts";

/** A change to the tags of many organizations. */
export type TagsChange = { to: "add" | "remove"; tags: readonly string[] };

/** How many organizations are read at once. It bounds the memory of a change to 100,000. */
const ORGANIZATIONS_A_PIECE = 10_000;

/** The tags that an organization has after a change. */
function changedTags(tags: readonly string[], change: TagsChange): string[] {
  return change.to === "add"
    ? sortedTags([...tags, ...change.tags])
    : tags.filter((tag) => !change.tags.includes(tag));
}

/**
 * Adds tags to organizations, or removes tags from them, in one transaction. Organizations that have them already, or do
 * not have them, stay as they are. Refuses more than one batch can have, and to add where an organization would have more than 20.
 *
 * @param batch the id of the request that makes the change a batch, which can be reversed; null for none
 * @returns how many organizations changed, and the batch.
 */
export async function changeOrganizationsTags(
  ids: readonly number[],
  change: TagsChange,
  actor: Actor,
  batch: string | null = null,
  at: Date = new Date(),
): Promise<Result<{ changed: number; batch: number | null }>> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    if (ids.length > BATCH_MAX) return tooMany();
    const work = () => changeTagsIn(tx, ids, change, actor, at);
    if (batch !== null) {
      const content = [change.to, tagsText(change.tags), ids.join(",")];
      return asBatch(tx, { kind: "tags", id: batch, content }, actor, at, work);
    }
    const changed = work();
    return typeof changed === "number" ? done({ changed, batch: null }) : changed;
  });
}

function changeTagsIn(
  tx: Transaction,
  ids: readonly number[],
  change: TagsChange,
  actor: Actor,
  at: Date,
): number | Refused<"tags"> {
  let changed = 0;
  for (let start = 0; start < ids.length; start += ORGANIZATIONS_A_PIECE) {
    const rows = tx
      .select({
        id: organizations.id,
        code: organizations.code,
        name: organizations.name,
        tags: tagsColumn,
      })
      .from(organizations)
      .where(inArray(organizations.id, ids.slice(start, start + ORGANIZATIONS_A_PIECE)))
      .all()
      .map((row) => ({ ...row, tags: tagsOfText(row.tags) }));
    const result = replaceTags(
      tx,
      rows.map((row) => ({ ...row, next: changedTags(row.tags, change) })),
      actor,
      at,
    );
    if (typeof result !== "number") return result;
    changed += result;
  }
  return changed;
}

/** Gives organizations other tags, with an audit entry each. @returns how many of them changed. */
export function replaceTags(
  tx: Transaction,
  rows: readonly {
    id: number;
    code: string;
    name?: string;
    tags: readonly string[];
    next: readonly string[];
  }[],
  actor: Actor,
  at: Date,
): number | Refused<"tags"> {
  const audit: AuditChange[] = [];
  for (const { id, code, name, tags, next } of rows) {
    const before = { tags: auditedTags(tags) };
    const after = { tags: auditedTags(next) };
    if (before.tags === after.tags) continue;
    if (next.length > TAGS_MAX) {
      return refused(
        "too_many_tags",
        `${name ?? code} (${code}) would have ${next.length} tags; at most ${TAGS_MAX}. Nothing was changed.`,
        "tags",
      );
    }
    writeTags(tx, id, { before: tags, after: next });
    audit.push({
      action: "organization.updated",
      subject: { kind: "organization", id, label: code },
      before,
      after,
    });
  }
  recordAudit(tx, actor, audit, at);
  return audit.length;
}

const noSuchTag = (tag: string): Refused<never> =>
  refused("tag_not_found", `No organization has the tag ${tag} any more. Nothing was changed.`);

/** What a renaming did; or the question before it merges the tag into one that organizations have. */
export type TagRenaming = { organizations: number; merged: boolean } | { question: ViewChange };

/**
 * Renames a tag of every organization in one transaction. Where organizations have the new tag already, the two become
 * one, after a question: it counts the organizations that get the existing tag, of all that have the tag now.
 *
 * @param expected the question's answer, see `ViewChange`
 */
export async function renameTag(
  { tag, to, expected }: { tag: string; to: string; expected?: string | undefined },
  actor: Actor,
  at: Date = new Date(),
): Promise<Result<TagRenaming, "to">> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    const rows = tagRows(tx, tag);
    if (rows.length === 0) return noSuchTag(tag);
    if (to === tag) return refused("same_tag", "The tag has this name already.", "to");
    const existing = countOrganizationsOfTag(tx, to);
    if (existing > 0) {
      const question = viewChange(
        rows.filter(({ tags }) => !tags.includes(to)).map(({ id }) => id),
        rows.length,
      );
      // The answer names the tag too: another one is another question.
      const answer = `${question.expected} ${to}`;
      if (answer !== expected) return done({ question: { ...question, expected: answer } });
    }
    const next = (tags: readonly string[]) => sortedTags(tags.map((one) => (one === tag ? to : one)));
    moveTag(tx, { tag, to }, rows, next, actor, at);
    return done({ organizations: rows.length, merged: existing > 0 });
  });
}

/** Removes a tag from every organization in one transaction. @returns how many had it. */
export async function removeTag(
  { tag }: { tag: string },
  actor: Actor,
  at: Date = new Date(),
): Promise<Result<{ organizations: number }>> {
  return write((tx) => {
    assertRole(tx, actor, "admin");
    const rows = tagRows(tx, tag);
    if (rows.length === 0) return noSuchTag(tag);
    moveTag(tx, { tag, to: null }, rows, (tags) => tags.filter((one) => one !== tag), actor, at);
    return done({ organizations: rows.length });
  });
}

/** The organizations that have a tag, with all of their tags. */
function tagRows(tx: Transaction, tag: string) {
  return tx
    .select({ id: organizations.id, code: organizations.code, tags: tagsColumn })
    .from(organizationTags)
    .innerJoin(organizations, eq(organizations.id, organizationTags.organizationId))
    .where(eq(organizationTags.tag, tag))
    .all()
    .map((row) => ({ ...row, tags: tagsOfText(row.tags) }));
}

/**
 * The grants by a tag follow it to its new name, each with an audit entry. A user who has a grant by each of the two from
 * one source keeps the one that allows more, because a user has at most one such grant. A removed tag leaves its grants as
 * they are: they reach no organization until one gets the tag again.
 */
function renameTagInGrants(tx: Transaction, tag: string, to: string, actor: Actor, at: Date): void {
  const grantsOn = (name: string) =>
    tx
      .select({
        id: portalUserGrants.id,
        user: portalUserGrants.portalUserId,
        source: portalUserGrants.source,
        role: portalUserGrants.role,
        email: portalUsers.email,
      })
      .from(portalUserGrants)
      .innerJoin(portalUsers, eq(portalUsers.id, portalUserGrants.portalUserId))
      .where(eq(portalUserGrants.tag, name))
      .all();
  type Grant = ReturnType<typeof grantsOn>[number];
  const audit: AuditChange[] = [];
  const subject = ({ id, email }: Grant) => ({ kind: "grant", id, label: email }) as const;
  const remove = (grant: Grant, name: string) => {
    tx.delete(portalUserGrants).where(eq(portalUserGrants.id, grant.id)).run();
    audit.push({
      action: "grant.removed",
      subject: subject(grant),
      before: { role: grant.role, tag: name },
    });
  };
  const existing = new Map(grantsOn(to).map((grant) => [`${grant.user} ${grant.source}`, grant]));
  for (const grant of grantsOn(tag)) {
    const other = existing.get(`${grant.user} ${grant.source}`);
    if (other && (other.role === "admin" || grant.role === "viewer")) {
      remove(grant, tag);
      continue;
    }
    if (other) remove(other, to);
    tx.update(portalUserGrants).set({ tag: to }).where(eq(portalUserGrants.id, grant.id)).run();
    audit.push({ action: "grant.updated", subject: subject(grant), before: { tag }, after: { tag: to } });
  }
  recordAudit(tx, actor, audit, at);
}

/** Everything that names a tag follows it here. */
function moveTag(
  tx: Transaction,
  { tag, to }: { tag: string; to: string | null },
  rows: ReturnType<typeof tagRows>,
  next: (tags: readonly string[]) => string[],
  actor: Actor,
  at: Date,
): void {
  replaceTags(
    tx,
    rows.map((row) => ({ ...row, next: next(row.tags) })),
    actor,
    at,
  );
  if (to !== null) {
    renameTagInGrants(tx, tag, to, actor, at);
    renameTagInRules(tx, tag, to, actor, at);
  }
  recordAudit(
    tx,
    actor,
    [
      {
        action: to === null ? "tag.removed" : "tag.renamed",
        subject: { kind: "tag", id: null, label: to ?? tag },
        before: { tag },
        after: { tag: to, organizations: rows.length },
      },
    ],
    at,
  );
}
