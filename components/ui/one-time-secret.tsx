"use client";

import { useRef, useState } from "react";
import { Button } from "./button.tsx";

/** A secret that is shown only once, with a button to copy it; `what` names it, e.g. "link". */
export function OneTimeSecret({ text, what, testId }: { text: string; what: string; testId: string }) {
  const [copied, setCopied] = useState<string>();
  const shown = useRef<HTMLParagraphElement>(null);
  const copy = async () => {
    // Browsers offer the clipboard on https and localhost only; elsewhere the old way still works.
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else {
      if (shown.current) getSelection()?.selectAllChildren(shown.current);
      document.execCommand("copy");
    }
    setCopied(text);
  };
  return (
    <>
      <p ref={shown} className="mt-2 font-mono text-xs break-all select-all" data-testid={testId}>
        {text}
      </p>
      <Button size="sm" className="mt-2" onClick={copy}>
        {copied === text ? "Copied" : `Copy ${what}`}
      </Button>
    </>
  );
}
