import { Compass } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";

export const metadata: Metadata = { title: "Page not found" };

export default function NotFound() {
  return (
    <main className="mx-auto max-w-2xl p-6 pt-16">
      <h1 className="sr-only">Page not found</h1>
      <EmptyState
        icon={<Compass />}
        title="There is nothing at this address"
        action={
          <Link href="/organizations" className={buttonClass({ variant: "primary" })}>
            Go to Organizations
          </Link>
        }
      >
        The link may be old or mistyped, or what it led to has another code now.
      </EmptyState>
    </main>
  );
}
