"use client";

import { CloudAlert } from "lucide-react";
import { Button } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";

export default function ErrorPage({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return (
    <main className="mx-auto max-w-2xl p-6 pt-16">
      <title>Something went wrong · Bursar</title>
      <h1 className="sr-only">Something went wrong</h1>
      <EmptyState
        icon={<CloudAlert />}
        title="This page couldn’t be loaded"
        action={
          <Button variant="primary" onClick={reset}>
            Try again
          </Button>
        }
      >
        Nothing that was recorded is lost. If it happens again, give the operator this reference:{" "}
        <code className="font-mono">{error.digest ?? "none"}</code>
      </EmptyState>
    </main>
  );
}
