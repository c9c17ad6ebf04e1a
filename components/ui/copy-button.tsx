"use client";

import { type RefObject, useState } from "react";
import { buttonClass } from "./button.tsx";
import { useScriptOnlyClass } from "./hydrated.ts";

/** Copies a text. Without JavaScript it could do nothing, and is not there. */
export function CopyButton({
  text,
  label,
  of,
  shown,
  isSmall = false,
}: {
  text: string;
  /** What the button reads until the text is copied, e.g. "Copy". */
  label: string;
  /** Names what is copied to people who hear the page. */
  of?: string;
  /** The element with the text, which is selected where a browser offers no clipboard. */
  shown?: RefObject<HTMLElement | null>;
  /** Within a line of text. */
  isSmall?: boolean;
}) {
  const scriptOnly = useScriptOnlyClass();
  const [copied, setCopied] = useState<string>();
  const copy = async () => {
    // Browsers offer the clipboard on https and localhost only; elsewhere the old way still works.
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else copyTheOldWay(text, shown?.current ?? null);
    setCopied(text);
  };
  return (
    <button
      type="button"
      className={`${isSmall ? "button button-secondary h-6 px-1.5 text-xs" : buttonClass({ size: "sm" })} ${scriptOnly}`}
      onClick={copy}
    >
      {copied === text ? "Copied" : label}
      {of && <span className="sr-only"> {of}</span>}
    </button>
  );
}

function copyTheOldWay(text: string, shown: HTMLElement | null): void {
  const added = shown ? null : document.createElement("span");
  if (added) {
    added.textContent = text;
    document.body.append(added);
  }
  getSelection()?.selectAllChildren(shown ?? added ?? document.body);
  document.execCommand("copy");
  added?.remove();
}
