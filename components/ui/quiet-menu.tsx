import { type ReactNode, useId } from "react";
import { buttonClass } from "./button.tsx";

/**
 * Less frequent actions of a page behind a "⋯" button: a popover of the platform, which opens without a script, and closes
 * by Escape and by a press beside it.
 */
export function QuietMenu({ label, children }: { label: string; children: ReactNode }) {
  const id = useId();
  return (
    <>
      <button type="button" popoverTarget={id} aria-label={label} className={buttonClass()}>
        ⋯
      </button>
      <div id={id} popover="auto" className="menu">
        {children}
      </div>
    </>
  );
}
