import Link from "next/link";
import { Alert } from "#components/ui/alert.tsx";
import { suggestOrganizations } from "./transactions/suggestions.ts";

/** The answer where a view names an organization that does not exist, with those of a similar name. */
export function OrganizationNotThere({ code, href }: { code: string; href: (code: string) => string }) {
  const suggestions = suggestOrganizations(code, 6);
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
