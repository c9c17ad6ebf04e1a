import type { Metadata } from "next";
import { CreateRuleForm } from "#components/alerts/rule-forms.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { thresholdHint } from "#lib/alerts/rules/inputs.ts";
import { ALERT_KIND_NAMES } from "#lib/alerts/rules/kinds.ts";
import { KIND_LABELS } from "#lib/alerts/rules/words.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { createRuleAction } from "../actions.ts";

export const metadata: Metadata = { title: "New alert rule" };

export default async function NewAlertRulePage() {
  await requireUser("/settings/alerts/new", "admin");
  const kinds = ALERT_KIND_NAMES.map((kind) => ({
    kind,
    label: KIND_LABELS[kind],
    hint: thresholdHint(kind),
  }));
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title="New alert rule" />
      <Card>
        <CreateRuleForm kinds={kinds} action={createRuleAction} />
      </Card>
    </div>
  );
}
