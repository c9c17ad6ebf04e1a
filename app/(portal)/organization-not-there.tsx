import Link from "next/link";
import { Alert } from "#components/ui/alert.tsx";
import type { Scope } from "#lib/scope/scope.ts";
import { suggestOrganizations } from "./transactions/suggestions.ts";

/** The answer where a view names an organization that the scope does not have, with those of a similar name that it has. */
export function OrganizationNotThere({
  scope,
  code,
  href,
}: {
  scope: Scope;
  code: string;
  href: (code: string) => string;
}) {
  const suggestions = suggestOrganizations(scope, code, 6);
  return (
    <div className="mb-4">
      <Alert tone="warning">
        No organization has the code <q className="font-medium">{code}</q>.
        {suggestions.length > 0 && (
          <>
            {" "}
            Did you mean:
            <ul className="mt-1 list-disc pl-5">
              {suggestions.map(({ value, label }) => (
                <li key={value}>
                  <Link href={href(value)} prefetch={false} className="underline">
                    {label} ({value})
                  </Link>
                </li>
              ))}
            </ul>
          </>
        )}
      </Alert>
    </div>
  );
}
