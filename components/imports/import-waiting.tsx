"use client";

import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { formatCount } from "#lib/credits.ts";
import { type ImportKind, type ImportProgress, importHref } from "#lib/imports/rules.ts";

const POLL_MS = 300;
const WORDS = {
  waiting: "Waiting for another import to end",
  reading: "Reading the file",
  checking: "Checking rows",
  importing: "Writing rows",
} as const;

/** Polls the progress of the import, and refreshes the page when it has ended. */
export function ImportWaiting({
  id,
  kind,
  status,
  initial,
}: {
  id: string;
  kind: ImportKind;
  status: string;
  initial: ImportProgress | null;
}) {
  const router = useRouter();
  const [progress, setProgress] = useState(initial);
  useEffect(() => {
    let stopped = false;
    const ask = async () => {
      const answer = await fetch(`${importHref(kind, id)}/progress`).then(
        (response) => response.json() as Promise<{ status: string; progress: ImportProgress | null }>,
        () => null,
      );
      if (stopped) return;
      if (answer && answer.status !== status) router.refresh();
      else {
        if (answer?.progress) setProgress(answer.progress);
        timer = setTimeout(ask, POLL_MS);
      }
    };
    let timer = setTimeout(ask, POLL_MS);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [id, kind, status, router]);

  const measured = progress?.step === "checking" || progress?.step === "importing" ? progress : null;
  const words = progress ? WORDS[progress.step] : "Working";
  return (
    <div role="status" className="grid gap-2">
      <p className="figures">
        {words}
        {measured ? `: ${formatCount(measured.done)} of ${formatCount(measured.total)}` : "…"}
      </p>
      <progress
        aria-label="Import"
        className="w-full"
        {...(measured && { value: measured.done, max: measured.total })}
      />
    </div>
  );
}
