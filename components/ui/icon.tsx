/** Lucide's names. After a change here, `npx vitest run tests/app/icons.test.ts --update` draws them into `app/icons.css`. */
export const ICONS = [
  "arrow-down",
  "arrow-up",
  "ban",
  "bell",
  "building-complex",
  "calendar-days",
  "chevron-first",
  "chevron-last",
  "chevron-left",
  "chevron-right",
  "chevrons-up-down",
  "circle-check",
  "circle-user-round",
  "coins",
  "gauge",
  "key-round",
  "landmark",
  "layout-dashboard",
  "layout-grid",
  "log-out",
  "menu",
  "monitor-smartphone",
  "receipt-text",
  "scroll-text",
  "search",
  "settings",
  "shield-check",
  "table-2",
  "trending-down",
  "trending-up",
  "users",
  "x",
] as const;

export type IconName = (typeof ICONS)[number];

/**
 * An icon of the stylesheet, in the colour of the text around it. Every page has a dozen icons: as markup they would be
 * a tenth of each page. Screen readers skip an icon, because the text beside it has its meaning.
 */
export function Icon({ name, className = "" }: { name: IconName; className?: string }) {
  return <span aria-hidden className={`icon icon-${name} ${className}`} />;
}
