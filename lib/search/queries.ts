import { hasRole, type Role } from "#lib/actor.ts";
import { getApiKey } from "#lib/api-keys/queries.ts";
import { AUDIT_ACTIONS } from "#lib/audit/rules.ts";
import { listCreditTypes } from "#lib/credit-types/queries.ts";
import { creditsText, parseCredits } from "#lib/credits.ts";
import { KIND_LABELS } from "#lib/ledger/rules.ts";
import { getMember } from "#lib/members/queries/members.ts";
import { membersHref, membersSearchParams } from "#lib/members/search-params.ts";
import { type OrganizationListItem, organizationsByIds } from "#lib/organizations/queries/organizations.ts";
import { organizationsHref, organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { hasAccess, manages, managesAny, type Scope } from "#lib/scope/scope.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { foldForSearch } from "#lib/text.ts";
import { formatDate } from "#lib/time.ts";
import { getTransaction, transactionsByIds } from "#lib/transactions/queries/entries.ts";
import { transactionsHref, transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { latestChangesBy, matchExternalId, matchKeys, matchMembers, matchOrganizations } from "./matches.ts";
import { HITS_OF_A_KIND, type Hit, type HitGroup, type HitKind, tidySearch } from "./rules/hits.ts";
import { pagesFor, SEARCH_PAGES } from "./rules/pages.ts";
import { entryNumberOf, readCommand, type SearchCommand } from "./rules/sentences.ts";

/** The portal user who searches: hits are inside the scope, and actions are those that the user may take. */
export type Searcher = { id: number; role: Role | null; scope: Scope };

/** A group while it is put together; a hit that is exactly what was typed moves its group to the top. */
type RankedGroup = HitGroup & { isExact: boolean };

const group = (
  kind: HitKind,
  hits: Hit[],
  { isExact = false, more = null }: { isExact?: boolean; more?: string | null } = {},
): RankedGroup => ({
  kind,
  hits: hits.slice(0, HITS_OF_A_KIND),
  more: hits.length > HITS_OF_A_KIND ? more : null,
  isExact,
});

/** One more than is shown, which tells whether there are more. */
const LIMIT = HITS_OF_A_KIND + 1;

const joined = (...parts: (string | false | null | undefined)[]) => parts.filter(Boolean).join(" · ");

const organizationPath = (code: string) => `/organizations/${encodeURIComponent(code)}`;

/**
 * Everything of the scope that a text may mean, by kind; what is exactly meant comes first. Nothing here changes
 * anything: an action is a link to its form.
 */
export function findAnything(searcher: Omit<Searcher, "id">, text: string): HitGroup[] {
  const q = tidySearch(text);
  if (q === "") return [];
  const { scope } = searcher;
  const command = readCommand(q);
  const groups = [
    group("action", command ? actionsFor(searcher, command) : [], { isExact: true }),
    organizationGroup(scope, q),
    memberGroup(scope, q),
    transactionGroup(scope, q),
    keyGroup(scope, q),
    pageGroup(searcher, q),
  ].filter(({ hits }) => hits.length > 0);
  return [...groups.filter(({ isExact }) => isExact), ...groups.filter(({ isExact }) => !isExact)].map(
    ({ kind, hits, more }) => ({ kind, hits, more }),
  );
}

/** How many of the latest changes of the user are shown. */
const RECENT_CHANGES = 5;

/** What the user changed last, as far as it has a page in the scope: the latest change of each. */
function recentChanges({ id: userId, scope }: Searcher): Hit[] {
  const changes = latestChangesBy(userId);
  const named = organizationsByIds(
    scope,
    changes.flatMap(({ organizationId }) => organizationId ?? []),
  );
  const organizations = new Map(named.map((organization) => [organization.id, organization]));
  const words: Record<string, string> = AUDIT_ACTIONS;
  const hits = changes.flatMap(({ action, subjectKind, subjectId, subjectLabel, organizationId }) => {
    const detail = words[action] ?? action;
    const organization = organizations.get(organizationId ?? 0);
    if (organization) {
      const { name, code } = organization;
      const path = organizationPath(code);
      return subjectKind === "organization"
        ? [{ href: path, title: name, detail: joined(code, detail) }]
        : [
            {
              href: `${path}/${subjectKind === "api_key" ? "api-keys" : "members"}`,
              title: subjectLabel,
              detail,
            },
          ];
    }
    const member = subjectKind === "member" && subjectId !== null ? getMember(scope, subjectId) : null;
    return member
      ? [{ href: `/members/${member.id}`, title: member.name, detail: joined(member.email, detail) }]
      : [];
  });
  return [...new Map(hits.toReversed().map((hit) => [hit.href, hit])).values()]
    .toReversed()
    .slice(0, RECENT_CHANGES);
}

/** What is shown before anything is typed: the user's latest changes, and the pages in the order of the navigation. */
export function suggestionsFor(searcher: Searcher): HitGroup[] {
  const recent = recentChanges(searcher);
  return [
    ...(recent.length === 0 ? [] : [{ kind: "recent" as const, hits: recent, more: null }]),
    ...pagesOf(searcher),
  ];
}

/** The pages that the user may open, in the order of the navigation. */
export function pagesOf(searcher: Pick<Searcher, "role" | "scope">): HitGroup[] {
  const hits = SEARCH_PAGES.filter(({ needs, detail }) => detail === "" && hasAccess(searcher, needs));
  return [
    { kind: "page", hits: hits.map(({ href, title, detail }) => ({ href, title, detail })), more: null },
  ];
}

function organizationGroup(scope: Scope, q: string): RankedGroup {
  const matches = matchOrganizations(scope, q, LIMIT);
  const hits = organizationsByIds(
    scope,
    matches.map(({ id }) => id),
  ).map(({ code, name, balance, active }) => ({
    href: organizationPath(code),
    title: name,
    detail: joined(code, creditsText(balance), !active && "Inactive"),
  }));
  return group("organization", hits, {
    isExact: matches[0]?.isExact ?? false,
    more: organizationsHref({ ...organizationsSearchParams.defaults, q }),
  });
}

function memberGroup(scope: Scope, q: string): RankedGroup {
  const matches = matchMembers(scope, q, LIMIT);
  const hits = matches
    .flatMap(({ id }) => getMember(scope, id) ?? [])
    .map(({ id, name, email, activeMemberships }) => ({
      href: `/members/${id}`,
      title: name,
      detail: joined(email, activeMemberships === 0 && "Inactive"),
    }));
  return group("member", hits, {
    isExact: matches[0]?.isExact ?? false,
    more: membersHref({ ...membersSearchParams.defaults, q }),
  });
}

function transactionGroup(scope: Scope, q: string): RankedGroup {
  const number = entryNumberOf(q);
  const ids = [...new Set([...(number === null ? [] : [number]), ...matchExternalId(scope, q, LIMIT)])];
  const calendar = getSettings();
  const hits = transactionsByIds(scope, ids).map(
    ({ id, kind, amount, occurredAt, organization, creditType, externalId, source }) => ({
      href: `/transactions/${id}`,
      title: `${KIND_LABELS[kind]} #${id}`,
      detail: joined(
        creditsText(amount),
        organization?.name ?? creditType.name,
        formatDate(occurredAt, calendar),
        source !== "portal" && externalId,
      ),
    }),
  );
  return group("transaction", hits, {
    isExact: true,
    more: transactionsHref({ ...transactionsSearchParams.defaults, externalId: q }),
  });
}

function keyGroup(scope: Scope, q: string): RankedGroup {
  const hits = matchKeys(scope, q, LIMIT)
    .flatMap((id) => getApiKey(scope, id) ?? [])
    .map(({ id, name, prefix, organization, status }) => ({
      href: `/api-keys/${id}`,
      title: name,
      detail: joined(
        `${prefix}…`,
        organization?.name ?? "Whole enterprise",
        status !== "active" && (status === "revoked" ? "Revoked" : "Expired"),
      ),
    }));
  return group("api_key", hits, { isExact: true });
}

function pageGroup(searcher: Omit<Searcher, "id">, q: string): RankedGroup {
  const matches = pagesFor(
    q,
    SEARCH_PAGES.filter(({ needs }) => hasAccess(searcher, needs)),
  );
  const hits = matches.map(({ page: { href, title, detail } }) => ({ href, title, detail }));
  return group("page", hits, { isExact: matches[0]?.isExact ?? false });
}

/** The organizations that a command may mean: those with exactly this code, or else those that match. */
function organizationsFor(scope: Scope, text: string): OrganizationListItem[] {
  const matches = matchOrganizations(scope, text, HITS_OF_A_KIND);
  const exact = matches.filter(({ isExact }) => isExact);
  const choices = exact.length > 0 ? exact : matches;
  return organizationsByIds(
    scope,
    choices.map(({ id }) => id),
  );
}

const withParams = (path: string, params: Record<string, string>) => {
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== "")).toString();
  return query === "" ? path : `${path}?${query}`;
};

/** "500 credits", or "credits" where no amount was typed. */
function amountText(amount: string): string {
  const parsed = parseCredits(amount);
  return parsed.ok ? creditsText(parsed.value) : "credits";
}

/** The forms that a command leads to, of those that the user may send. */
function actionsFor({ role, scope }: Omit<Searcher, "id">, command: SearchCommand): Hit[] {
  const isAdmin = hasRole(role, "admin");
  switch (command.kind) {
    case "add_credits":
    case "return_credits": {
      if (!isAdmin) return [];
      const adds = command.kind === "add_credits";
      return organizationsFor(scope, command.organization).map(({ name, code, balance }) => ({
        href: withParams(`${organizationPath(code)}/credits/${adds ? "add" : "return"}`, {
          amount: command.amount,
        }),
        title: `${adds ? "Add" : "Return"} ${amountText(command.amount)} ${adds ? "to" : "from"} ${name}`,
        detail: joined(code, `balance ${creditsText(balance)}`),
      }));
    }
    case "record_purchase": {
      if (!isAdmin) return [];
      const words = foldForSearch(command.creditType).split(" ");
      return listCreditTypes(scope)
        .filter(
          ({ name, archivedAt }) =>
            archivedAt === null && words.every((word) => foldForSearch(name).includes(word)),
        )
        .map(({ id, name, available }) => ({
          href: withParams(`/credit-types/${id}/purchase`, { amount: command.amount }),
          title: `Record a purchase of ${amountText(command.amount)} for ${name}`,
          detail: `${creditsText(available)} available`,
        }));
    }
    case "reverse": {
      const entry = isAdmin ? getTransaction(scope, command.entry) : null;
      if (!entry || entry.kind === "reversal" || entry.reversedById !== null) return [];
      const { id, kind, amount, organization, creditType } = entry;
      return [
        {
          href: `/transactions/${id}/reverse`,
          title: `Reverse transaction #${id}`,
          detail: joined(KIND_LABELS[kind], creditsText(amount), organization?.name ?? creditType.name),
        },
      ];
    }
    case "activate":
    case "deactivate": {
      if (!isAdmin) return [];
      const activates = command.kind === "activate";
      return organizationsFor(scope, command.organization)
        .filter(({ active }) => active !== activates)
        .map(({ id, name, code }) => ({
          href: withParams("/organizations/status", {
            id: String(id),
            to: command.kind,
            back: organizationPath(code),
          }),
          title: `${activates ? "Activate" : "Deactivate"} ${name}`,
          detail: code,
        }));
    }
    case "add_member":
    case "create_key": {
      if (!managesAny(scope)) return [];
      const addsMember = command.kind === "add_member";
      const path = addsMember ? "/members/new" : "/api-keys/new";
      const typed = addsMember ? { email: command.email } : {};
      const title = addsMember ? `Add ${command.email || "a member"}` : "Create an API key";
      if (command.organization === "") return [{ href: withParams(path, typed), title, detail: "" }];
      return organizationsFor(scope, command.organization)
        .filter(({ id }) => manages(scope, id))
        .map(({ name, code }) => ({
          href: withParams(path, {
            organization: code,
            ...typed,
            back: `${organizationPath(code)}/${addsMember ? "members" : "api-keys"}`,
          }),
          title: `${title} ${addsMember ? "to" : "for"} ${name}`,
          detail: code,
        }));
    }
    case "create_organization":
      if (!isAdmin) return [];
      return [
        {
          href: withParams("/organizations/new", { name: command.name }),
          title: command.name === "" ? "Create an organization" : `Create organization ${command.name}`,
          detail: "",
        },
      ];
  }
}
