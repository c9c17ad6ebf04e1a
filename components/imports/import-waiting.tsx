"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { usePolling } from "#components/ui/use-polling.ts";
import { formatCount } from "#lib/credits.ts";
import { type ImportKind, type ImportProgress, importHref } from "#lib/imports/rules.ts";

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
  usePolling<{ status: string; progress: ImportProgress | null }>(
    `${importHref(kind, id)}/progress`,
    (answer) => {
      if (answer.status !== status) {
        router.refresh();
        return "stop";
      }
      if (answer.progress) setProgress(answer.progress);
      return undefined;
    },
    status,
  );

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
