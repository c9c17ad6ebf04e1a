import type { Metadata } from "next";
import Link from "next/link";
import { ChangeList } from "#components/audit/change-list.tsx";
import { FormerEmails } from "#components/members/former-emails.tsx";
import { EditMember } from "#components/members/member-dialogs.tsx";
import { MemberHeader } from "#components/members/member-header.tsx";
import { LastActive } from "#components/members/member-list.tsx";
import { MembershipList } from "#components/members/membership-list.tsx";
import { MembershipStatusForm } from "#components/members/membership-status.tsx";
import { memberHref } from "#components/members/words.ts";
import { RefusedToday } from "#components/refusals/refused-today.tsx";
import { SpendChart } from "#components/transactions/spend-chart.tsx";
import { TransactionList } from "#components/transactions/transaction-list.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Figure, FigureList } from "#components/ui/figure-list.tsx";
import { SectionHeading } from "#components/ui/section-heading.tsx";
import { snapshot } from "#db/statement.ts";
import { hasRole } from "#lib/actor.ts";
import { changesOf } from "#lib/audit/queries.ts";
import { addMonths, firstDay, formatMonth, monthOf } from "#lib/calendar.ts";
import { moneyByType } from "#lib/credit-types/queries.ts";
import { formatCount, formatCredits } from "#lib/credits.ts";
import { mayChangePerson } from "#lib/members/authorize.ts";
import { type MemberMonths, monthsOfMember, spentInMonth } from "#lib/members/queries/member-spending.ts";
import { formerEmailsOf } from "#lib/members/queries/members.ts";
import { membershipsOfMember } from "#lib/members/queries/memberships.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { refusalFilter } from "#lib/refusals/queries/filter.ts";
import { countByReason } from "#lib/refusals/queries/list.ts";
import { refusalsHref, refusalsSearchParams } from "#lib/refusals/search-params.ts";
import { manages } from "#lib/scope/scope.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf, formatDate, startOfDay } from "#lib/time.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import { latestTransactions } from "#lib/transactions/queries/list.ts";
import { monthPeriod } from "#lib/transactions/rules/periods.ts";
import {
  type TransactionsView,
  transactionsHref,
  transactionsSearchParams,
} from "#lib/transactions/search-params.ts";
import { EVER, worthOf } from "#lib/worth.ts";
import {
  addAliasAction,
  changeMembershipsStatusAction,
  removeAliasAction,
  updateMemberAction,
  updateMembershipAction,
} from "../actions.ts";
import { memberOf } from "./member.ts";
import { memberRefusals } from "./refusal-count.ts";

type Props = { params: Promise<{ id: string }> };

const MEMBERSHIPS = 100;
const RECENT = 8;
const CHANGES = 20;
const MONTHS = 12;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params;
  const { scope } = await requireUser(`/members/${id}`, "grant");
  return { title: memberOf(scope, id).name };
}

export default async function MemberPage({ params }: Props) {
  const { id } = await params;
  const user = await requireUser(`/members/${id}`, "grant");
  const { scope } = user;
  const calendar = getSettings();
  const now = new Date();
  const today = dayOf(now, calendar.timeZone);
  const month = monthOf(today);
  const theirs = { ...transactionsSearchParams.defaults, member: id };
  const refusalsToday = { ...refusalsSearchParams.defaults, from: today };
  const page = snapshot(() => {
    const member = memberOf(scope, id);
    const memberships = membershipsOfMember(scope, { memberId: member.id, month, limit: MEMBERSHIPS });
    return {
      member,
      memberships,
      aliases: formerEmailsOf(scope, member.id),
      spentThisMonth: spentInMonth(scope, member.id, month),
      spentLastMonth: spentInMonth(scope, member.id, addMonths(month, -1)),
      months: monthsOfMember(scope, member.id, 0),
      latest: latestTransactions(transactionFilter(scope, theirs, today), RECENT),
      refusals: memberRefusals(scope, member.id),
      refusedToday: countByReason(
        refusalFilter(scope, { ...refusalsToday, member: String(member.id) }, calendar.timeZone),
      ),
      changes: changesOf(
        [
          { kind: "member", id: member.id },
          { kind: "membership", id: memberships.map((membership) => membership.id) },
        ],
        CHANGES,
        user,
      ),
    };
  });
  const { member, memberships, aliases, months, latest, refusals, refusedToday, changes } = page;
  const managed = memberships.filter(({ organization }) => manages(scope, organization.id));
  const mayChange = mayChangePerson(scope, member.id);
  const here = memberHref(member.id);
  const money = moneyByType();
  /** What the person spent in the months that `counts` chooses is worth, where no rate has changed `since` they began. */
  const worth = (since: number, counts: (month: number) => boolean) => {
    const amounts = months.map(({ creditType, months }) => ({
      creditTypeId: creditType.id,
      micro: months.reduce((sum, one) => (counts(one.month) ? sum + one.spent : sum), 0n),
    }));
    const text = worthOf(money, amounts, since);
    return text && `= ${text}`;
  };
  const worthOfMonth = (which: number) =>
    worth(startOfDay(firstDay(which), calendar.timeZone).getTime(), (month) => month === which);
  const charted = months.filter(({ months }) => months.some((one) => one.month > addMonths(month, -MONTHS)));
  return (
    <>
      <MemberHeader
        member={member}
        tab="overview"
        refusals={refusals}
        actions={
          mayChange && (
            <>
              <Link href={`${here}/merge`} prefetch={false} className={buttonClass()}>
                Merge with another person
              </Link>
              <EditMember
                member={{ id: member.id, name: member.name, email: member.email }}
                back={here}
                action={updateMemberAction}
              />
            </>
          )
        }
      />
      <RefusedToday
        reasons={refusedToday}
        rights={{
          mayAddCredits: hasRole(user.role, "admin"),
          mayManage: (organizationId) => manages(scope, organizationId),
        }}
        href={refusalsHref(refusalsToday, {}, `${here}/refusals`)}
        back={here}
      />
      <FigureList>
        <Figure label="Organizations">{formatCount(member.memberships)}</Figure>
        <Figure label="Spent this month" note={worthOfMonth(month)}>
          {formatCredits(page.spentThisMonth)}
        </Figure>
        <Figure label="Spent last month" note={worthOfMonth(addMonths(month, -1))}>
          {formatCredits(page.spentLastMonth)}
        </Figure>
        <Figure label="Spent in total" note={worth(EVER, () => true)}>
          {formatCredits(member.spent)}
        </Figure>
        <Figure label="Last active">
          <LastActive at={member.lastActiveAt} calendar={calendar} />
        </Figure>
        <Figure label="Added">
          <time dateTime={member.createdAt.toISOString()}>{formatDate(member.createdAt, calendar)}</time>
        </Figure>
      </FigureList>

      <SectionHeading title="Organizations and limits" />
      {managed.length > 0 && (
        <MembershipStatusForm
          items={managed.map(({ id, active, name, organization }) => ({
            id,
            active,
            name: `${name} in ${organization.name}`,
          }))}
          total={managed.length}
          viewQuery=""
          back={here}
          action={changeMembershipsStatusAction}
        />
      )}
      <MembershipList
        items={memberships}
        about="organizations"
        calendar={calendar}
        back={here}
        editAction={managed.length > 0 ? updateMembershipAction : null}
        mayChange={({ organization }) => manages(scope, organization.id)}
      />
      {member.memberships > memberships.length && (
        <p className="mt-2 text-[0.8125rem] text-muted">
          The first {formatCount(memberships.length)} of {formatCount(member.memberships)} are shown.
        </p>
      )}

      <div className="mt-6 grid gap-3">
        {charted.map((ofType) => (
          <MonthsChart
            key={ofType.creditType.id}
            months={ofType}
            last={month}
            isOnly={charted.length === 1}
            view={theirs}
          />
        ))}
      </div>

      <SectionHeading
        title="Recent transactions"
        {...(latest.length > 0 && { more: { href: transactionsHref(theirs), label: "All transactions" } })}
      />
      {latest.length === 0 ? (
        <p className="text-muted">Nothing has been spent yet.</p>
      ) : (
        <TransactionList items={latest} calendar={calendar} memberLink={["/members/", ""]} />
      )}

      {(mayChange || aliases.length > 0) && (
        <>
          <SectionHeading title="Former emails" />
          <FormerEmails
            member={{ id: member.id, name: member.name }}
            items={aliases}
            back={here}
            actions={mayChange ? { add: addAliasAction, remove: removeAliasAction } : null}
          />
        </>
      )}

      <SectionHeading title="Changes" />
      <ChangeList
        items={changes}
        calendar={calendar}
        subjectOf={({ subject }) => subject.kind === "membership" && (subject.organization ?? subject.label)}
      />
    </>
  );
}

/** What was spent in one credit type in the last twelve months. */
function MonthsChart({
  months: { creditType, months },
  last,
  isOnly,
  view,
}: {
  months: MemberMonths;
  /** The present month, e.g. 202611. */
  last: number;
  /** Whether the person spent in no other credit type. */
  isOnly: boolean;
  view: TransactionsView;
}) {
  const spent = new Map(months.map((one) => [one.month, one.spent]));
  return (
    <SpendChart
      title={`Spent per month, last 12 months${isOnly ? "" : `, ${creditType.name}`}`}
      bars={Array.from({ length: MONTHS }, (_, index) => {
        const month = addMonths(last, index + 1 - MONTHS);
        return {
          label: formatMonth(month),
          tick: formatMonth(month),
          spent: spent.get(month) ?? 0n,
          href: transactionsHref(view, {
            period: monthPeriod(month),
            ...(!isOnly && { type: creditType.id }),
          }),
        };
      })}
    />
  );
}
