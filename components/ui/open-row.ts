import type { MouseEvent } from "react";

/** What a click in a row is for instead of the row's link. */
const OWN_CLICK = "a, button, input, select, textarea, label, summary";

/**
 * Follows the link of a row's heading when the row is clicked: the `onClick` of a table's body. A click with a modifier,
 * on a link or control of the row, or at the end of a selection of text is left alone.
 */
export function openRow({
  target,
  button,
  metaKey,
  ctrlKey,
  shiftKey,
  altKey,
  defaultPrevented,
}: MouseEvent): void {
  if (defaultPrevented || button !== 0 || metaKey || ctrlKey || shiftKey || altKey) return;
  if (!(target instanceof Element) || target.closest(OWN_CLICK)) return;
  if (window.getSelection()?.isCollapsed === false) return;
  target.closest("tr")?.querySelector<HTMLAnchorElement>("th a[href]")?.click();
}
