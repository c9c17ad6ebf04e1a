import type { ComponentProps } from "react";

/** What a {@link SoftLink} says to `SoftNavigation`, which follows it. */
export const SOFT = "data-soft";
export const KEEPS_SCROLL = "keep-scroll";

/**
 * A link within the portal that changes the page without loading it anew, as next/link does, at the price of a plain
 * element: for lists, whose every link would otherwise be a component to draw, to send and to hydrate.
 */
export function SoftLink({ scroll = true, ...props }: ComponentProps<"a"> & { scroll?: boolean }) {
  return <a {...props} {...{ [SOFT]: scroll ? "" : KEEPS_SCROLL }} />;
}
