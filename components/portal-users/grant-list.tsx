import { Badge } from "#components/ui/badge.tsx";
import type { FormAction } from "#lib/form-state.ts";
import type { GrantItem } from "#lib/grants/queries.ts";
import { grantText } from "#lib/grants/rules.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";
import { RemoveGrantForm } from "./grant-forms.tsx";

/** Grants on organizations and tags: what each gives, who gave it, and since when. */
export function GrantList({
  grants,
  calendar,
  back,
  action,
  isRemovable = () => true,
}: {
  grants: readonly (GrantItem & { email: string })[];
  calendar: Calendar;
  /** The page that shows the list. */
  back: string;
  action: FormAction;
  /** Whether a grant can be removed on this page. */
  isRemovable?: (grant: GrantItem) => boolean;
}) {
  return (
    <ul className="grid gap-2">
      {grants.map((grant) => {
        const { organization, tag } = grant;
        const what = grantText({ role: grant.role, code: organization?.code ?? null, tag });
        return (
          <li key={grant.id} className="flex flex-wrap items-start justify-between gap-x-3 gap-y-1">
            <div className="grid min-w-0 gap-0.5">
              <p className="flex flex-wrap items-center gap-2 wrap-anywhere">
                <span title={organization?.name}>{what}</span>
                {grant.fromProvider && <Badge tone="gray">Single sign-on</Badge>}
              </p>
              <p className="text-[0.8125rem] wrap-anywhere text-muted">
                Since{" "}
                <time dateTime={grant.createdAt.toISOString()}>
                  {formatDateTime(grant.createdAt, calendar)}
                </time>
                {grant.grantedBy && !grant.fromProvider && `, given by ${grant.grantedBy}`}
              </p>
            </div>
            {!grant.fromProvider && isRemovable(grant) && (
              <RemoveGrantForm id={grant.id} what={what} email={grant.email} back={back} action={action} />
            )}
          </li>
        );
      })}
    </ul>
  );
}
