import { Users } from "lucide-react";
import Link from "next/link";
import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";

export default function MemberNotFound() {
  return (
    <>
      <h1 className="sr-only">Member not found</h1>
      <EmptyState
        icon={<Users />}
        title="There is no such member"
        action={
          <Link href="/members" className={buttonClass({ variant: "primary" })}>
            Go to Members
          </Link>
        }
      >
        Search for the person by name or email.
      </EmptyState>
    </>
  );
}
