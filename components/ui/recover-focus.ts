/**
 * Puts the focus on the page's content where the element that had it was removed, because the page's content is then the
 * next place to go on from.
 */
export function recoverFocus(): void {
  if (document.activeElement !== document.body) return;
  document.getElementById("content")?.focus({ preventScroll: true });
}
