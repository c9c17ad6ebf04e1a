import { Card } from "#components/ui/card.tsx";
import { Email } from "#components/ui/email.tsx";
import type { FormAction } from "#lib/form-state.ts";
import type { GrantItem } from "#lib/grants/queries.ts";
import type { Calendar } from "#lib/time.ts";
import { GrantOnOrganizationForm } from "./grant-forms.tsx";
import { GrantList } from "./grant-list.tsx";

/** Who has access to an organization beside the owners, admins and viewers of the enterprise. */
export function OrganizationGrants({
  organizationId,
  grants,
  calendar,
  back,
  giveAction,
  removeAction,
}: {
  organizationId: number;
  grants: readonly (GrantItem & { email: string })[];
  calendar: Calendar;
  back: string;
  giveAction: FormAction;
  removeAction: FormAction;
}) {
  const byEmail = [...Map.groupBy(grants, ({ email }) => email)];
  return (
    <Card className="mt-6 max-w-xl">
      <h2 className="font-semibold">Who may manage this</h2>
      <p className="mt-1 mb-4 text-muted">
        Owners and admins of the enterprise manage every organization. An admin of this organization manages
        its members, allowances, API keys and settings, and moves no credits. A viewer reads.
      </p>
      {byEmail.length > 0 && (
        <ul className="mb-4 grid gap-4">
          {byEmail.map(([email, ofUser]) => (
            <li key={email} className="grid gap-1">
              <h3 className="font-medium">
                <Email>{email}</Email>
              </h3>
              <GrantList
                grants={ofUser}
                calendar={calendar}
                back={back}
                action={removeAction}
                isRemovable={({ tag }) => tag === null}
              />
            </li>
          ))}
        </ul>
      )}
      <GrantOnOrganizationForm organizationId={organizationId} back={back} action={giveAction} />
    </Card>
  );
}
