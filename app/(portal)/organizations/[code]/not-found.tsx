import { Building2 } from "lucide-react";
import Link from "next/link";
import { buttonClass } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";

export default function OrganizationNotFound() {
  return (
    <>
      <h1 className="sr-only">Organization not found</h1>
      <EmptyState
        icon={<Building2 />}
        title="No organization has this code"
        action={
          <Link href="/organizations" className={buttonClass({ variant: "primary" })}>
            Go to Organizations
          </Link>
        }
      >
        Check the code, or search for the organization by its name.
      </EmptyState>
    </>
  );
}
