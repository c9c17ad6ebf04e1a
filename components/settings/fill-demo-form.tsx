"use client";

import { useState } from "react";
import { useFormStatus } from "react-dom";
import { Form, FormButtons } from "#components/ui/form.tsx";
import { usePolling } from "#components/ui/use-polling.ts";
import { formatCount } from "#lib/credits.ts";
import type { FormAction } from "#lib/form-state.ts";

type Progress = { done: number; total: number };

/** Asks before an empty portal gets the demo enterprise, and shows how far it is. */
export function FillDemoForm({ action }: { action: FormAction }) {
  return (
    <Form action={action} back="/organizations">
      <ul className="list-disc space-y-1 pl-5 text-muted">
        <li>13 organizations in 4 credit types, with members and their usage from 2025 up to today.</li>
        <li>
          The enterprise is called “Demo University”, in the time zone of Singapore. You can change both in
          Settings.
        </li>
        <li>
          It can’t be removed, because the ledger keeps every entry. To begin for real, start with an empty
          data folder.
        </li>
      </ul>
      <Filling />
      <FormButtons button="Fill with demo data" back="/organizations" />
    </Form>
  );
}

/** While the form is sent: how much of the history has been played. */
function Filling() {
  const { pending } = useFormStatus();
  return pending ? <FillProgress /> : null;
}

function FillProgress() {
  const [progress, setProgress] = useState<Progress | null>(null);
  usePolling<{ progress: Progress | null }>("/settings/demo/progress", (answer) => {
    if (answer.progress) setProgress(answer.progress);
    return undefined;
  });
  return (
    <div role="status" className="grid gap-2">
      <p className="figures">
        {progress
          ? `Playing the history: ${formatCount(progress.done)} of ${formatCount(progress.total)} events`
          : "Preparing the history…"}
      </p>
      <progress
        aria-label="Demo data"
        className="w-full"
        {...(progress && { value: progress.done, max: progress.total })}
      />
    </div>
  );
}
