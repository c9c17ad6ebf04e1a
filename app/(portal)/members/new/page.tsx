import type { Metadata } from "next";
import { backFrom } from "#app/(portal)/back.ts";
import { oneOf } from "#app/(portal)/status-question.ts";
import { AddMemberForm } from "#components/members/member-forms.tsx";
import { monthlyText } from "#components/members/words.ts";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { EMAIL_MAX_CHARACTERS } from "#lib/email.ts";
import { getOrganization } from "#lib/organizations/queries/organizations.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { addMemberAction } from "../actions.ts";

export const metadata: Metadata = { title: "Add member" };

/** `?email=…` is the email at first. `?organization=MKT` adds to that one; without it, or with one that is not there, the form asks for the code. */
export default async function NewMemberPage({ searchParams }: { searchParams: Promise<RawSearchParams> }) {
  const raw = await searchParams;
  const user = await requireUser("/members/new", "organization_admin");
  const organization = getOrganization(user.scope, oneOf(raw, "organization"));
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={organization ? `Add member to ${organization.name}` : "Add member"} />
      <Card>
        <AddMemberForm
          organization={
            organization && {
              code: organization.code,
              allowance: monthlyText(organization.monthlyAllowance),
            }
          }
          email={oneOf(raw, "email").slice(0, EMAIL_MAX_CHARACTERS)}
          back={backFrom(raw, "/members")}
          action={addMemberAction}
        />
      </Card>
    </div>
  );
}
