"use client";

import { useRef } from "react";
import { CopyButton } from "./copy-button.tsx";

/** A secret that is shown only once, with a button to copy it; `what` names it, e.g. "link". */
export function OneTimeSecret({ text, what, testId }: { text: string; what: string; testId: string }) {
  const shown = useRef<HTMLParagraphElement>(null);
  return (
    <div className="mt-2 flex flex-wrap items-center gap-2 rounded-md border border-line bg-surface p-2 text-ink">
      <p
        ref={shown}
        className="min-w-0 flex-1 basis-52 font-mono text-[0.8125rem] break-all select-all"
        data-testid={testId}
      >
        {text}
      </p>
      <CopyButton text={text} label={`Copy ${what}`} shown={shown} />
    </div>
  );
}
