"use client";

import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Icon } from "#components/ui/icon.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";

// Next includes both in the payload of every page. As client components they are sent as references instead of markup.

const HOME = (
  <SoftLink href="/organizations" className={buttonClass({ variant: "primary" })}>
    Go to Organizations
  </SoftLink>
);

export function NothingHere() {
  return (
    <div className="mx-auto max-w-2xl p-6 pt-16">
      <h1 className="sr-only">Page not found</h1>
      <EmptyState icon={<Icon name="search" />} title="Page not found" action={HOME}>
        The link may be old or mistyped.
      </EmptyState>
    </div>
  );
}

export function NotAllowed() {
  return (
    <div className="mx-auto max-w-2xl p-6 pt-16">
      <h1 className="sr-only">Not allowed</h1>
      <EmptyState icon={<Icon name="ban" />} title="You don’t have access to this page" action={HOME}>
        Ask an owner of the portal if you need another role.
      </EmptyState>
    </div>
  );
}
