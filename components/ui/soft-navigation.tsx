"use client";

import { useRouter } from "next/navigation";
import { useEffect, useRef, useTransition } from "react";
import { recoverFocus } from "./recover-focus.ts";
import { KEEPS_SCROLL, SOFT } from "./soft-link.tsx";

/** The attribute of a link while its page is loading. */
const WAITING = "data-waiting";

/** What a press in a row is meant for itself. */
const CONTROLS = "a, button, input, select, textarea, label, summary, [popover]";

/** The link that opens a row with the attribute `data-opens`, where the press was on the row and not on a control in it. */
function linkOfRow(target: Element): HTMLAnchorElement | null {
  if (target.closest(CONTROLS)) return null;
  // Somebody marks text in the row.
  if (getSelection()?.isCollapsed === false) return null;
  return target.closest("tr[data-opens]")?.querySelector<HTMLAnchorElement>(`a[${SOFT}]`) ?? null;
}

/** Follows every `SoftLink` of the page, and rows that open: one listener instead of one component a link. */
export function SoftNavigation() {
  const router = useRouter();
  const [pending, startTransition] = useTransition();
  const followed = useRef<Element>(null);

  useEffect(() => {
    const link = followed.current;
    if (pending || !link) return;
    followed.current = null;
    link.removeAttribute(WAITING);
    // A link that removes a filter is gone from the same page.
    if (!link.isConnected && link.getAttribute(SOFT) === KEEPS_SCROLL) recoverFocus();
  }, [pending]);

  useEffect(() => {
    const follow = (event: MouseEvent) => {
      const { target, button, metaKey, ctrlKey, shiftKey, altKey, defaultPrevented } = event;
      // The browser itself opens new tabs and windows and downloads files.
      if (defaultPrevented || button !== 0 || metaKey || ctrlKey || shiftKey || altKey) return;
      if (!(target instanceof Element)) return;
      const link = target.closest<HTMLAnchorElement>(`a[${SOFT}]`) ?? linkOfRow(target);
      const href = link?.getAttribute("href");
      if (!link || !href || link.target) return;
      event.preventDefault();
      followed.current?.removeAttribute(WAITING);
      followed.current = link;
      link.setAttribute(WAITING, "");
      startTransition(() => router.push(href, { scroll: link.getAttribute(SOFT) !== KEEPS_SCROLL }));
    };
    document.addEventListener("click", follow);
    return () => document.removeEventListener("click", follow);
  }, [router]);
  return null;
}
