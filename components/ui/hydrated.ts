import { useSyncExternalStore } from "react";

const never = () => () => {};

/** Whether the page's script runs. False while the server renders, and without JavaScript. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}

/**
 * The class of what works only with the page's script. It has its place from the start, because a page that moves while
 * somebody presses a button makes the press miss. It is not there without JavaScript.
 */
export function useScriptOnlyClass(): string {
  return useHydrated() ? "" : "invisible noscript:hidden";
}
