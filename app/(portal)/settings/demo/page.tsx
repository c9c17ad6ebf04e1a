import type { Metadata } from "next";
import { FillDemoForm } from "#components/settings/fill-demo-form.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { requireUser } from "#lib/portal-users/session.ts";
import { fillDemoAction } from "./actions.ts";

export const metadata: Metadata = { title: "Fill with demo data" };

export default async function FillDemoPage() {
  await requireUser("/settings/demo", "owner");
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title="Fill this portal with demo data?" />
      <Card>
        <FillDemoForm action={fillDemoAction} />
      </Card>
    </div>
  );
}
