import type { Metadata } from "next";
import Link from "next/link";
import { AuditList } from "#components/audit/audit-list.tsx";
import { FormerEmails } from "#components/members/former-emails.tsx";
import { EditMember } from "#components/members/member-dialogs.tsx";
import { MemberHeader } from "#components/members/member-header.tsx";
import { LastActive } from "#components/members/member-list.tsx";
import { MembershipList } from "#components/members/membership-list.tsx";
import { MembershipStatusForm } from "#components/members/membership-status.tsx";
import { memberHref } from "#components/members/words.ts";
import { TransactionList } from "#components/transactions/transaction-list.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Figure, FigureList } from "#components/ui/figure-list.tsx";
import { snapshot } from "#db/statement.ts";
import { changesOf } from "#lib/audit/queries.ts";
import { monthOf } from "#lib/calendar.ts";
import { formatCount, formatCredits } from "#lib/credits.ts";
import { mayChangePerson } from "#lib/members/authorize.ts";
import { formerEmailsOf, spentInMonth } from "#lib/members/queries/members.ts";
import { membershipsOfMember } from "#lib/members/queries/memberships.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { manages } from "#lib/scope/scope.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { dayOf, formatDate } from "#lib/time.ts";
import { transactionFilter } from "#lib/transactions/queries/filter.ts";
import { latestTransactions } from "#lib/transactions/queries/list.ts";
import { transactionsHref, transactionsSearchParams } from "#lib/transactions/search-params.ts";
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
  const month = monthOf(dayOf(now, calendar.timeZone));
  const theirs = { ...transactionsSearchParams.defaults, member: id };
  const { member, memberships, aliases, spentThisMonth, latest, refusals, changes } = snapshot(() => {
    const member = memberOf(scope, id);
    const memberships = membershipsOfMember(scope, { memberId: member.id, month, limit: MEMBERSHIPS });
    return {
      member,
      memberships,
      aliases: formerEmailsOf(scope, member.id),
      spentThisMonth: spentInMonth(scope, member.id, month),
      latest: latestTransactions(transactionFilter(scope, theirs, dayOf(now, calendar.timeZone)), RECENT),
      refusals: memberRefusals(scope, member.id),
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
  const managed = memberships.filter(({ organization }) => manages(scope, organization.id));
  const mayChange = mayChangePerson(scope, member.id);
  const here = memberHref(member.id);
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
      <FigureList>
        <Figure label="Organizations">{formatCount(member.memberships)}</Figure>
        <Figure label="Spent this month">{formatCredits(spentThisMonth)}</Figure>
        <Figure label="Spent in total">{formatCredits(member.spent)}</Figure>
        <Figure label="Last active">
          <LastActive at={member.lastActiveAt} calendar={calendar} />
        </Figure>
        <Figure label="Added">
          <time dateTime={member.createdAt.toISOString()}>{formatDate(member.createdAt, calendar)}</time>
        </Figure>
      </FigureList>

      <h2 className="mt-8 mb-3 text-base font-semibold">Organizations</h2>
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

      <div className="mt-8 mb-3 flex flex-wrap items-baseline justify-between gap-2">
        <h2 className="text-base font-semibold">Recent transactions</h2>
        {latest.length > 0 && (
          <Link
            href={transactionsHref(theirs)}
            prefetch={false}
            className="rounded-sm text-[0.8125rem] text-accent hover:underline"
          >
            All transactions
          </Link>
        )}
      </div>
      {latest.length === 0 ? (
        <p className="text-muted">Nothing has been spent yet.</p>
      ) : (
        <TransactionList items={latest} calendar={calendar} memberLink={["/members/", ""]} />
      )}

      {(mayChange || aliases.length > 0) && (
        <>
          <h2 className="mt-8 mb-3 text-base font-semibold">Former emails</h2>
          <FormerEmails
            member={{ id: member.id, name: member.name }}
            items={aliases}
            back={here}
            actions={mayChange ? { add: addAliasAction, remove: removeAliasAction } : null}
          />
        </>
      )}

      <h2 className="mt-8 mb-3 text-base font-semibold">Changes</h2>
      <AuditList items={changes} limit={CHANGES} calendar={calendar} showSubject />
    </>
  );
}
