"use client";

import { useEffect } from "react";
import { Button } from "./button.tsx";
import { useScriptOnlyClass } from "./hydrated.ts";

/**
 * Opens the browser's print dialog. Without JavaScript there is none to open, so nothing is shown.
 *
 * @param opens whether the dialog also opens with the page
 */
export function PrintButton({ opens = false }: { opens?: boolean }) {
  useEffect(() => {
    // The text has its final width once its font is loaded.
    if (opens) void document.fonts.ready.then(() => window.print());
  }, [opens]);
  return (
    <Button type="button" onClick={() => window.print()} className={useScriptOnlyClass()}>
      Print
    </Button>
  );
}
