import type { ReactNode } from "react";

/**
 * The actions of one card or row behind a quiet "⋯" button. A popover of the platform: it opens without a script, closes by
 * Escape and by a press beside it, and no table cuts it off.
 */
export function RowMenu({ id, name, children }: { id: string; name: string; children: ReactNode }) {
  return (
    <>
      <button type="button" popoverTarget={id} aria-label={`Actions for ${name}`} className="more">
        ⋯
      </button>
      <div id={id} popover="auto" className="menu">
        {children}
      </div>
    </>
  );
}
