import type { Metadata } from "next";
import { forbidden } from "next/navigation";
import { EditMemberForm } from "#components/members/member-forms.tsx";
import { memberHref } from "#components/members/words.ts";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { mayChangePerson } from "#lib/members/authorize.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { updateMemberAction } from "../../actions.ts";
import { memberOf } from "../member.ts";

export const metadata: Metadata = { title: "Edit member" };

export default async function EditMemberPage({ params }: { params: Promise<{ id: string }> }) {
  const segment = (await params).id;
  const { scope } = await requireUser(`/members/${segment}/edit`, "organization_admin");
  const { id, name, email } = memberOf(scope, segment);
  if (!mayChangePerson(scope, id)) forbidden();
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={`Edit ${name}`} />
      <Card>
        <EditMemberForm member={{ id, name, email }} back={memberHref(id)} action={updateMemberAction} />
      </Card>
    </div>
  );
}
