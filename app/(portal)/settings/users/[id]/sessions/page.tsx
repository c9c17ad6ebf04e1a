import type { Metadata } from "next";
import { notFound, redirect } from "next/navigation";
import { EndSessionsForm } from "#components/portal-users/session-forms.tsx";
import { SessionList } from "#components/portal-users/session-list.tsx";
import { Email } from "#components/ui/email.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { requireUser } from "#lib/portal-users/session.ts";
import { portalUserOfId, sessionsOf } from "#lib/portal-users/session-queries.ts";
import { readRowId } from "#lib/row-id.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { endSessionsOfAction } from "./actions.ts";

export const metadata: Metadata = { title: "Sessions of a portal user" };

type Props = { params: Promise<{ id: string }> };

export default async function SessionsOfUserPage({ params }: Props) {
  const { id } = await params;
  const self = await requireUser(`/settings/users/${id}/sessions`, "owner");
  const userId = readRowId(id);
  const user = userId === null ? null : portalUserOfId(userId);
  if (!user) notFound();
  if (user.id === self.id) redirect("/account/sessions");
  const { sessions, total } = sessionsOf(user.id);
  const fields = { user: String(user.id) };
  return (
    <div className="mx-auto max-w-2xl">
      <PageHeader
        title="Sessions"
        description={
          <>
            Where <Email>{user.email}</Email> is signed in.{" "}
            <SoftLink
              href="/settings/users"
              className="rounded-sm underline underline-offset-2 hover:text-accent"
            >
              All portal users
            </SoftLink>
          </>
        }
        actions={
          total > 0 && (
            <EndSessionsForm
              action={endSessionsOfAction}
              fields={{ ...fields, session: "all" }}
              button="End all sessions"
            />
          )
        }
      />
      <SessionList
        sessions={sessions}
        total={total}
        present={null}
        calendar={getSettings()}
        action={endSessionsOfAction}
        fields={fields}
      />
    </div>
  );
}
