"use client";

import { type ReactNode, useEffect, useRef } from "react";

/**
 * Around a wide table: it scrolls sideways within the region, not the page. Where the table fits, its heading stays on
 * screen while the page scrolls; an element that scrolls sideways would hold the heading back.
 */
export function TableRegion({ label, children }: { label: string; children: ReactNode }) {
  const region = useRef<HTMLElement>(null);
  useEffect(() => {
    const element = region.current;
    const table = element?.querySelector("table");
    if (!element || !table) return;
    const observer = new ResizeObserver(() => {
      element.toggleAttribute("data-fits", table.offsetWidth <= element.clientWidth);
    });
    observer.observe(element);
    observer.observe(table);
    return () => observer.disconnect();
  }, []);
  return (
    <section
      ref={region}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard
      tabIndex={0}
      className="relative overflow-x-auto rounded-lg border border-line bg-surface shadow-card data-fits:overflow-clip [&_thead_th]:sticky [&_thead_th]:top-0 [&_thead_th]:z-10 [&_thead_th]:bg-surface [&_thead_th]:shadow-[inset_0_-1px_var(--color-line)] max-md:[&_thead_th]:static"
    >
      {children}
    </section>
  );
}
