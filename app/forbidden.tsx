import { Lock } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";

export const metadata: Metadata = { title: "Not allowed" };

export default function Forbidden() {
  return (
    <div className="mx-auto max-w-2xl p-6 pt-16">
      <h1 className="sr-only">Not allowed</h1>
      <EmptyState
        icon={<Lock />}
        title="Your role may not open this page"
        action={
          <Link href="/organizations" className={buttonClass({ variant: "primary" })}>
            Go to Organizations
          </Link>
        }
      >
        Ask an owner of the portal for another role if you need it.
      </EmptyState>
    </div>
  );
}
