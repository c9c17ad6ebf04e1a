import type { ComponentProps } from "react";

/** The attribute by which `SoftNavigation` recognises a {@link SoftLink}. */
export const SOFT = "data-soft";
export const KEEPS_SCROLL = "keep-scroll";

/**
 * A link within the portal that changes the page without a page load, as next/link does, but is a plain element. In a
 * list of many links, components would cost more to render, send and hydrate.
 */
export function SoftLink({ scroll = true, ...props }: ComponentProps<"a"> & { scroll?: boolean }) {
  return <a {...props} {...{ [SOFT]: scroll ? "" : KEEPS_SCROLL }} />;
}
