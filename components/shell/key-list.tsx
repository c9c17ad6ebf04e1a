"use client";

import { Dialog } from "#components/ui/dialog.tsx";

const KEYS = [
  [["Ctrl K", "⌘ K"], "Find anything"],
  [["/"], "Go to the page’s search"],
  [["j"], "Next row of the list"],
  [["k"], "Previous row of the list"],
  [["Enter"], "Open the row"],
  [["x"], "Select the row"],
  [["Esc"], "Leave the list, the search or a dialog"],
  [["?"], "Show these keys"],
] as const;

/** The keys of every page. */
export function KeyList({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title="Keyboard shortcuts">
      <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-6 gap-y-2.5">
        {KEYS.map(([keys, meaning]) => (
          <div key={meaning} className="contents">
            <dt className="flex gap-1.5">
              {keys.map((key) => (
                <kbd
                  key={key}
                  className="rounded border border-line-strong bg-raised px-1.5 font-mono text-xs"
                >
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-4 text-[0.8125rem] text-muted">
        The single keys can be turned off on{" "}
        <a href="/account" className="rounded-sm font-medium text-accent underline">
          Account
        </a>
        .
      </p>
    </Dialog>
  );
}
