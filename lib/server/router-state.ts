import { parseAndValidateFlightRouterState } from "next/dist/server/app-render/parse-and-validate-flight-router-state.js";

/** What a page that is open in a browser sends of itself when it asks for the next one. */
export const ROUTER_STATE = "next-router-state-tree";

/** Whether Next can read this state of a page. Next answers one that it cannot read with an error of 500. */
export function isRouterState(value: string | string[] | undefined): boolean {
  try {
    parseAndValidateFlightRouterState(value);
    return true;
  } catch {
    return false;
  }
}
