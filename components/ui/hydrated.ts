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
