import { useSyncExternalStore } from "react";

const never = () => () => {};

/** Does the page's script run? False while the server renders, and where JavaScript is off. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
