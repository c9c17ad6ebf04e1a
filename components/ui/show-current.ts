/**
 * The `ref` of the current link of a row of links: it scrolls the row sideways, so that the link is in its middle. On a
 * narrow screen the row is wider than the page.
 */
export function showCurrent(link: HTMLElement | null): void {
  const row = link?.parentElement;
  if (!link || !row) return;
  const place = link.getBoundingClientRect().left - row.getBoundingClientRect().left + row.scrollLeft;
  row.scrollLeft = place - (row.clientWidth - link.offsetWidth) / 2;
}
