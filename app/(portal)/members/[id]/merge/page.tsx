import type { Metadata } from "next";
import { forbidden } from "next/navigation";
import { oneOf } from "#app/(portal)/status-question.ts";
import { onlyPerson } from "#app/(portal)/transactions/suggestions.ts";
import { ChooseMemberForm, MergeForm } from "#components/members/merge-forms.tsx";
import { memberHref } from "#components/members/words.ts";
import { Alert } from "#components/ui/alert.tsx";
import { Card } from "#components/ui/card.tsx";
import { Email } from "#components/ui/email.tsx";
import { Figure, FigureList } from "#components/ui/figure-list.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { database } from "#db/client.ts";
import { snapshot } from "#db/statement.ts";
import { formatCount, formatCredits } from "#lib/credits.ts";
import { mayChangePerson } from "#lib/members/authorize.ts";
import { planMerge } from "#lib/members/merge.ts";
import { getMember, type MemberDetail } from "#lib/members/queries/members.ts";
import { mergeMembersInput } from "#lib/members/rules.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { refused } from "#lib/result.ts";
import type { Scope } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { mergeMembersAction } from "../../actions.ts";
import { memberOf } from "../member.ts";

export const metadata: Metadata = { title: "Merge members" };

/** How many organizations a sentence names. */
const NAMED = 20;

export default async function MergeMembersPage({
  params,
  searchParams,
}: {
  params: Promise<{ id: string }>;
  searchParams: Promise<RawSearchParams>;
}) {
  const segment = (await params).id;
  const user = await requireUser(`/members/${segment}/merge`, "organization_admin");
  const text = oneOf(await searchParams, "with");
  // Without JavaScript a name comes as it was typed.
  const email = text.includes("@") ? text : ((await onlyPerson(user.scope, text))?.email ?? text);
  const { member, plan, other } = snapshot(() => {
    const member = memberOf(user.scope, segment);
    if (!mayChangePerson(user.scope, member.id)) forbidden();
    const plan = email === "" ? null : planOf(user.scope, member.id, email);
    return { member, plan, other: plan?.ok ? getMember(user.scope, plan.value.other.id) : null };
  });
  const back = memberHref(member.id);
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader
        title={`Merge ${member.name} with another person`}
        description={`For a person who was added twice. ${member.name} remains; the other person is merged into this one.`}
      />
      <Card>
        {plan?.ok && other ? (
          <div className="grid gap-5">
            <Person title="Remains" person={member} />
            <Person title="Is merged and deleted" person={other} />
            <ul className="list-disc space-y-1 pl-5 text-muted">
              <li>
                {plan.value.moved.length === 0
                  ? "No memberships change."
                  : `${member.name} gets the memberships in ${named(plan.value.moved)}.`}
              </li>
              {plan.value.removed.length > 0 && (
                <li>
                  Both are members of {named(plan.value.removed)}: the membership without usage is removed.
                </li>
              )}
              {plan.value.merged.length > 0 && (
                <li>
                  Both have spent in {named(plan.value.merged.map((both) => both.other))}: {member.name}’s
                  membership counts there, with its role and allowance. The other one stays in the list as
                  merged, and what it spent this month counts toward the allowance.
                </li>
              )}
              <li>
                <Email>{other.email}</Email> becomes a former email. Usage with it still counts.
              </li>
              <li>Transactions stay as they are. This can’t be undone.</li>
            </ul>
            <MergeForm member={member.id} email={other.email} back={back} action={mergeMembersAction} />
          </div>
        ) : (
          <div className="grid gap-4">
            {plan && !plan.ok && <Alert tone="error">{plan.message}</Alert>}
            <ChooseMemberForm path={`${back}/merge`} email={email} back={back} />
          </div>
        )}
      </Card>
    </div>
  );
}

function planOf(scope: Scope, member: number, email: string) {
  const input = mergeMembersInput.safeParse({ member: String(member), email });
  return input.success
    ? planMerge(scope, database(), input.data)
    : refused("invalid_request", "Enter an email address such as ana@example.edu.");
}

function named(memberships: readonly { organization: string }[]): string {
  const codes = memberships.slice(0, NAMED).map(({ organization }) => organization);
  const more = memberships.length - codes.length;
  return codes.join(", ") + (more > 0 ? ` and ${formatCount(more)} more` : "");
}

function Person({ title, person }: { title: string; person: MemberDetail }) {
  return (
    <section>
      <h2 className="text-[0.8125rem] text-muted">{title}</h2>
      <p className="font-medium wrap-anywhere">{person.name}</p>
      <p className="mb-2 text-muted">
        <Email>{person.email}</Email>
      </p>
      <FigureList>
        <Figure label="Organizations">{formatCount(person.memberships)}</Figure>
        <Figure label="Spent in total">{formatCredits(person.spent)}</Figure>
      </FigureList>
    </section>
  );
}
