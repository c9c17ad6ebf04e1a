"use client";

import { Button } from "./button.tsx";
import { useHydrated } from "./hydrated.ts";

/** Opens the browser's print dialog. Without JavaScript there is none to open, so nothing is shown. */
export function PrintButton() {
  return useHydrated() ? (
    <Button type="button" onClick={() => window.print()}>
      Print
    </Button>
  ) : null;
}
