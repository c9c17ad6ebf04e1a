"use client";

import { CircleCheck, TriangleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { refusalWords } from "#components/refusals/words.ts";
import { SoftLink } from "#components/ui/soft-link.tsx";
import type { FirstEvent } from "#lib/refusals/first-event.ts";

const EVERY_MS = 3_000;

/** Looks whether the first event of a key has arrived, until it has. Without JavaScript its link looks once more. */
export function FirstEventStatus({
  keyId,
  first,
  showsKey = false,
}: {
  keyId: number;
  first: FirstEvent;
  /** Whether the page shows the key, which is lost when the page is left: links then open another tab. */
  showsKey?: boolean;
}) {
  const [status, setStatus] = useState(first);
  const isWaiting = status.state !== "recorded";
  useEffect(() => {
    if (!isWaiting) return;
    let ended = false;
    const look = async () => {
      // Nobody sees a page in the background.
      if (document.hidden) return;
      const answer = await fetch(`/api-keys/${keyId}/first-event`).catch(() => null);
      const next: FirstEvent | null = answer?.ok ? await answer.json().catch(() => null) : null;
      if (next && !ended) setStatus(next);
    };
    const timer = setInterval(look, EVERY_MS);
    return () => {
      ended = true;
      clearInterval(timer);
    };
  }, [keyId, isWaiting]);
  return (
    <div role="status" className="rounded-md border border-line px-3.5 py-2.5 text-[0.8125rem]">
      <Status status={status} keyId={keyId} showsKey={showsKey} />
    </div>
  );
}

function Status({ status, keyId, showsKey }: { status: FirstEvent; keyId: number; showsKey: boolean }) {
  const href = `/api-keys/${keyId}`;
  const look = "font-medium underline underline-offset-2";
  const link = (text: string) =>
    showsKey ? (
      <a href={href} target="_blank" rel="noreferrer" className={look}>
        {text}
      </a>
    ) : (
      <SoftLink href={href} className={look}>
        {text}
      </SoftLink>
    );
  if (status.state === "recorded") {
    return (
      <p className="flex items-center gap-2 text-success">
        <CircleCheck aria-hidden className="size-4 shrink-0" />
        <span>The first event has arrived. {link("See what this key reports")}</span>
      </p>
    );
  }
  if (status.state === "refused") {
    return (
      <p className="flex items-center gap-2 text-warning">
        <TriangleAlert aria-hidden className="size-4 shrink-0" />
        <span>
          A request of this key was refused: {refusalWords(status.code)}. Still waiting for the first event.{" "}
          {link("See why")}
        </span>
      </p>
    );
  }
  return (
    <p className="flex items-center gap-2 text-muted">
      <span aria-hidden className="size-2 shrink-0 rounded-full bg-warning motion-safe:animate-pulse" />
      <span>
        Waiting for the first event… <noscript>{link("Look again")}</noscript>
      </span>
    </p>
  );
}
