import type { Metadata } from "next";
import { AccountTabs } from "#components/portal-users/account-tabs.tsx";
import { EndSessionsForm } from "#components/portal-users/session-forms.tsx";
import { SessionList } from "#components/portal-users/session-list.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { currentSessionHash, requireUser } from "#lib/portal-users/session.ts";
import { sessionsOf } from "#lib/portal-users/session-queries.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { endSessionsAction } from "./actions.ts";

export const metadata: Metadata = { title: "Sessions" };

export default async function SessionsPage() {
  const user = await requireUser("/account/sessions", "grant");
  const { sessions, total } = sessionsOf(user.id);
  return (
    <div className="mx-auto max-w-2xl">
      <PageHeader
        title="Sessions"
        description={`Where ${user.email} is signed in. End a session that you do not recognise.`}
        actions={
          total > 1 && (
            <EndSessionsForm
              action={endSessionsAction}
              fields={{ session: "others" }}
              button="End all other sessions"
            />
          )
        }
      />
      <AccountTabs tab="sessions" />
      <SessionList
        sessions={sessions}
        total={total}
        present={await currentSessionHash()}
        calendar={getSettings()}
        action={endSessionsAction}
      />
    </div>
  );
}
