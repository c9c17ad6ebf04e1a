import { foldForSearch } from "#lib/text.ts";

/** A page of the portal, or a setting on one. */
export type SearchPage = {
  href: string;
  title: string;
  /** The page that a setting is on; "" for a page. */
  detail: string;
  /** Other words that people search for it by. */
  words: string;
  /** What a user needs to open it: a role on the enterprise, or what `hasAccess` knows beside the roles. */
  needs: "viewer" | "admin" | "owner" | "grant" | "organization_admin";
};

const page = (
  href: string,
  title: string,
  needs: SearchPage["needs"],
  words = "",
  detail = "",
): SearchPage => ({ href, title, detail, words, needs });

/** Every page that a search may lead to, in the order of the navigation. */
export const SEARCH_PAGES: readonly SearchPage[] = [
  page("/overview", "Overview", "grant", "dashboard home forecast attention month trend"),
  page("/alerts", "Alerts", "grant", "inbox warnings attention acknowledge mute"),
  page("/organizations", "Organizations", "grant"),
  page("/organizations/new", "Create Organization", "admin", "new add"),
  page("/organizations/import", "Import organizations", "admin", "csv file upload"),
  page("/credits/import", "Import credits", "admin", "csv file upload allocations add budget"),
  page("/credit-types", "Credit types", "viewer", "pools currency exchange rate purchase"),
  page("/credit-types/new", "Add Credit Type", "admin", "new create pool currency"),
  page("/members", "Members", "grant", "people users"),
  page("/members/new", "Add member", "organization_admin", "new create person"),
  page("/members/import", "Import members", "organization_admin", "csv file upload people"),
  page("/transactions", "Transactions", "grant", "ledger entries spend usage history"),
  page("/transactions/applications", "Applications", "admin", "rename hide merge", "Transactions"),
  page("/refusals", "Refusals", "grant", "refused denied rejected declined why"),
  page("/api-keys", "API keys", "grant", "applications tokens"),
  page("/api-keys/new", "Create API key", "organization_admin", "new add token"),
  page("/audit", "Audit", "grant", "changes log trail who"),
  page("/settings", "Settings", "owner", "general"),
  page("/settings", "Enterprise name", "owner", "", "Settings"),
  page("/settings", "Time zone", "owner", "calendar", "Settings"),
  page("/settings", "Date format", "owner", "calendar", "Settings"),
  page(
    "/settings/security",
    "Require a second factor",
    "owner",
    "mfa 2fa policy ask again above",
    "Settings",
  ),
  page("/settings/security", "How long sessions last", "owner", "session limits idle sign out", "Settings"),
  page("/settings/users", "Portal users", "owner", "accounts invite roles grants access", "Settings"),
  page(
    "/settings/notifications",
    "Notifications",
    "owner",
    "webhooks slack teams email mail alerts endpoints smtp",
    "Settings",
  ),
  page(
    "/settings/notifications/endpoints/new",
    "Add an endpoint",
    "owner",
    "webhook slack teams",
    "Settings",
  ),
  page("/settings/alerts", "Alert rules", "admin", "thresholds warnings limits balance low", "Settings"),
  page("/settings/alerts/new", "New alert rule", "admin", "add create threshold warning", "Settings"),
  page("/settings/health", "Backups and checks", "admin", "backup verify age health", "Settings"),
  page("/settings/tags", "Tags", "admin", "rename remove labels", "Settings"),
  page("/account", "Second factor", "grant", "passkey authenticator recovery codes mfa 2fa", "Account"),
  page("/account/password", "Change password", "grant", "", "Account"),
  page("/account/sessions", "Sessions", "grant", "devices browsers sign out", "Account"),
];

/** How well a title answers: 0 for the same text, then for its start, the start of a word, anything in it, another word. */
function titleRank(title: string, q: string): number {
  if (title === q) return 0;
  if (title.startsWith(q)) return 1;
  if (title.includes(` ${q}`)) return 2;
  return title.includes(q) ? 3 : 4;
}

/** The pages that have all words of the search, each at the start of a word of theirs; best first. */
export function pagesFor(q: string, pages: readonly SearchPage[]): { page: SearchPage; isExact: boolean }[] {
  const folded = foldForSearch(q);
  const words = folded.split(" ").filter(Boolean);
  if (words.length === 0) return [];
  return pages
    .flatMap((one) => {
      const title = foldForSearch(one.title);
      const all = ` ${title} ${foldForSearch(`${one.detail} ${one.words}`)}`;
      return words.every((word) => all.includes(` ${word}`))
        ? [{ page: one, rank: titleRank(title, folded) }]
        : [];
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ page: match, rank }) => ({ page: match, isExact: rank === 0 }));
}
