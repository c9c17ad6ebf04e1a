import type { ReactNode } from "react";
import { buttonClass } from "./button.tsx";

/** Less frequent actions behind a "⋯" button. A `details` element, so that it opens without a script. */
export function QuietMenu({ label, children }: { label: string; children: ReactNode }) {
  return (
    <details className="relative">
      <summary className={`${buttonClass()} list-none [&::-webkit-details-marker]:hidden`}>
        <span aria-hidden>⋯</span>
        <span className="sr-only">{label}</span>
      </summary>
      <div className="absolute right-0 z-10 mt-1 grid w-52 rounded-lg border border-line bg-surface p-1.5 shadow-pop max-sm:right-auto max-sm:left-0 [&>a]:rounded-md [&>a]:px-2.5 [&>a]:py-2 [&>a:hover]:bg-raised">
        {children}
      </div>
    </details>
  );
}
