import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { oneOf } from "#app/(portal)/status-question.ts";
import { ChooseApplicationForm, MergeApplicationsForm } from "#components/applications/merge-forms.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { Card } from "#components/ui/card.tsx";
import { Figure, FigureList } from "#components/ui/figure-list.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { database } from "#db/client.ts";
import { snapshot } from "#db/statement.ts";
import { planApplicationMerge } from "#lib/applications/merge.ts";
import { applicationMeant, getApplication } from "#lib/applications/queries.ts";
import { applicationIdInput } from "#lib/applications/rules.ts";
import { formatCount, formatCredits } from "#lib/credits.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { refused } from "#lib/result.ts";
import { readRowId } from "#lib/row-id.ts";
import type { Scope } from "#lib/scope/scope.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import { transactionsSearchParams } from "#lib/transactions/search-params.ts";
import { spendingByDay } from "#lib/transactions/spending.ts";
import { mergeApplicationsAction } from "../../actions.ts";

export const metadata: Metadata = { title: "Merge applications" };

const PATH = "/transactions/applications";

export default async function MergeApplicationsPage({
  params,
  searchParams,
}: {
  params: Promise<{ id: string }>;
  searchParams: Promise<RawSearchParams>;
}) {
  const parsed = applicationIdInput.safeParse(await params);
  const user = await requireUser(parsed.success ? `${PATH}/${parsed.data.id}/merge` : PATH, "admin");
  const into = oneOf(await searchParams, "into").slice(0, 100);
  const { application, plan } = snapshot(() => {
    const application = parsed.success ? getApplication(user.scope, parsed.data.id) : null;
    return {
      application,
      plan: application && into !== "" ? planOf(user.scope, application.id, into) : null,
    };
  });
  if (!application || application.mergedInto) notFound();
  const { id, name, nameKey } = application;
  const back = `${PATH}/${id}`;
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader
        title={`Merge ${name} into another application`}
        description="For an application that the portal has under two names. The other application is shown in its place."
      />
      <Card>
        {plan?.ok ? (
          <div className="grid gap-5">
            <Spending scope={user.scope} title="Is merged" {...plan.value.application} />
            <Spending scope={user.scope} title="Is shown in its place" {...plan.value.into} />
            <ul className="list-disc space-y-1 pl-5 text-muted">
              <li>
                Lists, filters, figures and exports show {plan.value.into.name} for both. Transactions stay as
                they are, and the page of each tells the name that it was recorded with.
              </li>
              <li>
                New events that name {nameKey} count for {plan.value.into.name}.
              </li>
              {plan.value.followers > 0 && (
                <li>
                  Applications that were merged into {name} follow it: {formatCount(plan.value.followers)}.
                </li>
              )}
              <li>This can’t be undone.</li>
            </ul>
            <MergeApplicationsForm
              id={id}
              into={plan.value.into.id}
              back={back}
              action={mergeApplicationsAction}
            />
          </div>
        ) : (
          <div className="grid gap-4">
            {plan && <Alert tone="error">{plan.message}</Alert>}
            <ChooseApplicationForm path={`${back}/merge`} into={into} back={back} />
          </div>
        )}
      </Card>
    </div>
  );
}

function planOf(scope: Scope, id: number, text: string) {
  const intoId = readRowId(text);
  const byId = intoId === null ? null : getApplication(scope, intoId);
  const into = byId ?? applicationMeant(scope, text);
  return into
    ? planApplicationMerge(database(), { id, into: into.id })
    : refused("application_not_found", `No application, or more than one, has the name ${text}.`);
}

function Spending({ scope, title, id, name }: { scope: Scope; title: string; id: number; name: string }) {
  const filter = transactionFilter(scope, { ...transactionsSearchParams.defaults, application: id }, 0);
  const days = spendingByDay(filter);
  return (
    <section>
      <h2 className="text-[0.8125rem] text-muted">{title}</h2>
      <p className="mb-2 font-medium wrap-anywhere">{name}</p>
      <FigureList>
        <Figure label="Spent in total">
          {formatCredits(days.reduce((sum, { spent }) => sum + spent, 0n))}
        </Figure>
        <Figure label="Days with spending">{formatCount(days.length)}</Figure>
      </FigureList>
    </section>
  );
}
