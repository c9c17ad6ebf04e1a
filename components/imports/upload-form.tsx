"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useId, useRef, useState } from "react";
import { Alert } from "#components/ui/alert.tsx";
import { Button } from "#components/ui/button.tsx";
import { IMPORT_MAX_BYTES, IMPORT_TOO_LARGE, type ImportKind, importHref } from "#lib/imports/rules.ts";
import { ModeField } from "./mode-field.tsx";

/** Sends the file, showing how far it is; without JavaScript the browser sends it. */
export function UploadForm({ kind }: { kind: ImportKind }) {
  const action = `${importHref(kind)}/upload`;
  const router = useRouter();
  const id = useId();
  const [percent, setPercent] = useState<number | null>(null);
  const [problem, setProblem] = useState("");
  const [dragging, setDragging] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (percent !== null) return;
    const data = new FormData(event.currentTarget);
    const file = data.get("file");
    if (file instanceof File && file.size > IMPORT_MAX_BYTES) return setProblem(IMPORT_TOO_LARGE);
    setProblem("");
    setPercent(0);
    // Not fetch, because fetch does not report the progress of an upload.
    const request = new XMLHttpRequest();
    request.upload.onprogress = (progress) =>
      setPercent(Math.round((100 * progress.loaded) / progress.total));
    request.onload = () => {
      setPercent(null);
      if (request.status < 400) router.push(request.responseURL);
      else setProblem(request.responseText.startsWith("<") ? "The upload failed." : request.responseText);
    };
    request.onerror = () => {
      setPercent(null);
      setProblem("The portal could not be reached, so the file was not uploaded. Try again.");
    };
    request.open("POST", action);
    request.send(data);
  };

  return (
    <form
      action={action}
      method="post"
      encType="multipart/form-data"
      onSubmit={send}
      className="grid grid-cols-1 gap-3"
    >
      {problem && <Alert tone="error">{problem}</Alert>}
      <label htmlFor={id} className="font-medium">
        CSV or Excel file
      </label>
      {/* The browser puts a file that is dropped on the field into it; the frame takes one that is dropped beside it. */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keyboard uses the field inside */}
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setDragging(true);
        }}
        onDragLeave={() => setDragging(false)}
        onDrop={(event) => {
          event.preventDefault();
          setDragging(false);
          if (field.current && event.dataTransfer.files.length > 0)
            field.current.files = event.dataTransfer.files;
        }}
        className={`grid gap-1.5 rounded-lg border border-dashed p-4 ${dragging ? "border-accent bg-accent-soft" : "border-line-strong"}`}
      >
        <input
          ref={field}
          id={id}
          type="file"
          name="file"
          accept=".csv,.tsv,.txt,.xlsx,text/csv,text/tab-separated-values,text/plain,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
          required
          className="w-full min-w-0 rounded-md file:mr-3 file:rounded file:border file:border-transparent file:bg-raised file:px-3 file:py-1 file:text-ink"
        />
        <p className="text-[0.8125rem] text-muted">
          Or drop a file here. Nothing is imported before you confirm.
        </p>
      </div>
      {kind !== "allocations" && <ModeField defaultValue="add" />}
      <div>
        <Button type="submit" variant="primary" aria-disabled={percent !== null}>
          Preview
        </Button>
      </div>
      {percent !== null && (
        <div className="flex items-center gap-3">
          <progress value={percent} max={100} aria-label="Upload" className="flex-1" />
          <span className="figures w-24 text-right text-muted">
            {percent < 100 ? `${percent}%` : "Checking…"}
          </span>
        </div>
      )}
    </form>
  );
}
