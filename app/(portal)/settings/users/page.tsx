import { SearchX } from "lucide-react";
import type { Metadata } from "next";
import { AddGrantsForm } from "#components/portal-users/grant-forms.tsx";
import { GrantList } from "#components/portal-users/grant-list.tsx";
import {
  InviteForm,
  NewLinkForm,
  ResetSecondFactorForm,
  RoleForm,
  ToggleUserForm,
} from "#components/portal-users/portal-user-forms.tsx";
import { PortalUserSearch } from "#components/portal-users/portal-user-search.tsx";
import { SettingsHeader } from "#components/settings/settings-header.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { Email } from "#components/ui/email.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { MisreadNote } from "#components/ui/misread-note.tsx";
import { Pagination } from "#components/ui/pagination.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { NO_ROLE } from "#lib/actor.ts";
import { type GrantItem, grantsOf } from "#lib/grants/queries.ts";
import { listPortalUsers, PORTAL_USERS_PAGE_SIZE, type PortalUserItem } from "#lib/portal-users/queries.ts";
import { portalUsersHref, portalUsersSearchParams } from "#lib/portal-users/search-params.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { sessionCounts } from "#lib/portal-users/session-queries.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { type Calendar, formatDateTime } from "#lib/time.ts";
import {
  inviteAction,
  newLinkAction,
  resetSecondFactorAction,
  setDisabledAction,
  setRoleAction,
} from "./actions.ts";
import { addGrantsAction, removeGrantAction } from "./grants/actions.ts";

export const metadata: Metadata = { title: "Portal users" };

type Props = { searchParams: Promise<RawSearchParams> };

export default async function PortalUsersPage({ searchParams }: Props) {
  const raw = await searchParams;
  const view = portalUsersSearchParams.decode(raw);
  const self = await requireUser(portalUsersHref(view, { page: view.page }), "owner");
  const calendar = getSettings();
  const { items: users, total, more, page, pages } = listPortalUsers(self, view);
  const ids = users.map(({ id }) => id);
  const sessions = sessionCounts(ids);
  const grants = Map.groupBy(grantsOf(ids), ({ portalUserId }) => portalUserId);
  // The page of the list that each form leads back to.
  const back = portalUsersHref(view, { page });
  return (
    <>
      <SettingsHeader tab="users" />
      <MisreadNote misread={portalUsersSearchParams.misread(raw)} />
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="grid grid-cols-[minmax(0,1fr)]">
          <PortalUserSearch view={view} />
          {users.length === 0 ? (
            <NothingFound q={view.q} />
          ) : (
            <>
              <ul className="divide-y divide-line rounded-lg border border-line bg-surface shadow-card">
                {users.map((user) => (
                  <li key={user.id} className="grid grid-cols-[minmax(0,1fr)] gap-3 p-4">
                    <div className="flex flex-wrap items-center gap-2">
                      <h2 className="font-semibold">
                        <Email>{user.email}</Email>
                      </h2>
                      <Status user={user} />
                      {user.id === self.id && <Badge tone="blue">You</Badge>}
                      <p className="ml-auto text-[0.8125rem] text-muted">
                        <SessionsLink
                          user={user}
                          isSelf={user.id === self.id}
                          sessions={sessions.get(user.id) ?? 0}
                        />
                        {user.lastSignInAt ? (
                          <>
                            Last sign-in{" "}
                            <time dateTime={user.lastSignInAt.toISOString()}>
                              {formatDateTime(user.lastSignInAt, calendar)}
                            </time>
                          </>
                        ) : (
                          "Never signed in"
                        )}
                      </p>
                    </div>
                    <div className="flex flex-wrap items-start gap-2">
                      <RoleForm
                        id={user.id}
                        email={user.email}
                        role={user.role ?? NO_ROLE}
                        back={back}
                        action={setRoleAction}
                      />
                      {!user.disabledAt && user.id !== self.id && (
                        <NewLinkForm
                          email={user.email}
                          hasPassword={user.hasPassword}
                          action={newLinkAction}
                        />
                      )}
                      {user.hasSecondFactor && user.id !== self.id && (
                        <ResetSecondFactorForm
                          email={user.email}
                          back={back}
                          action={resetSecondFactorAction}
                        />
                      )}
                      {user.id !== self.id && (
                        <ToggleUserForm
                          id={user.id}
                          email={user.email}
                          disabled={user.disabledAt !== null}
                          back={back}
                          action={setDisabledAction}
                        />
                      )}
                    </div>
                    <Grants user={user} grants={grants.get(user.id) ?? []} calendar={calendar} back={back} />
                  </li>
                ))}
              </ul>
              <Pagination
                page={page}
                pages={pages}
                total={total}
                more={more}
                pageSize={PORTAL_USERS_PAGE_SIZE}
                href={(number) => portalUsersHref(view, { page: number })}
              />
            </>
          )}
        </div>
        <Card>
          <h2 className="mb-3 font-semibold">Invite a user</h2>
          <InviteForm action={inviteAction} />
        </Card>
      </div>
    </>
  );
}

function NothingFound({ q }: { q: string }) {
  return (
    <EmptyState
      icon={<SearchX />}
      title="No portal user matches"
      action={
        <SoftLink href={portalUsersHref(portalUsersSearchParams.defaults)} className={buttonClass()}>
          Show all portal users
        </SoftLink>
      }
    >
      No email contains <q className="font-medium wrap-anywhere">{q}</q>.
    </EmptyState>
  );
}

/** What a user may do in organizations and tags, and the form that gives more. */
function Grants({
  user,
  grants,
  calendar,
  back,
}: {
  user: PortalUserItem;
  grants: readonly GrantItem[];
  calendar: Calendar;
  back: string;
}) {
  const { id, email } = user;
  const isNarrow = user.role !== "owner" && user.role !== "admin";
  if (!isNarrow && grants.length === 0) return null;
  return (
    <div className="grid gap-3">
      {grants.length > 0 && (
        <GrantList
          grants={grants.map((grant) => ({ ...grant, email }))}
          calendar={calendar}
          back={back}
          action={removeGrantAction}
        />
      )}
      {isNarrow && (
        <details className="max-w-md text-[0.8125rem]">
          <summary className={`${buttonClass({ size: "sm" })} cursor-pointer list-none`}>
            Give access to organizations<span className="sr-only"> for {email}</span>
          </summary>
          <div className="mt-3">
            <AddGrantsForm id={id} email={email} back={back} action={addGrantsAction} />
          </div>
        </details>
      )}
    </div>
  );
}

/** How many sessions a user has, as a link to them. */
function SessionsLink({
  user,
  isSelf,
  sessions,
}: {
  user: PortalUserItem;
  isSelf: boolean;
  sessions: number;
}) {
  if (sessions === 0) return null;
  return (
    <>
      <SoftLink
        href={isSelf ? "/account/sessions" : `/settings/users/${user.id}/sessions`}
        className="rounded-sm underline underline-offset-2 hover:text-accent"
      >
        {sessions === 1 ? "1 session" : `${sessions} sessions`}
        <span className="sr-only"> of {user.email}</span>
      </SoftLink>
      {" · "}
    </>
  );
}

function Status({ user }: { user: PortalUserItem }) {
  if (user.disabledAt) return <Badge tone="gray">Disabled</Badge>;
  if (!user.hasPassword && !user.hasIdentity) return <Badge tone="amber">Invited</Badge>;
  return (
    <>
      <Badge tone="green">Active</Badge>
      {user.hasIdentity && <Badge tone="gray">Single sign-on</Badge>}
      {user.hasSecondFactor && <Badge tone="gray">Second factor</Badge>}
    </>
  );
}
