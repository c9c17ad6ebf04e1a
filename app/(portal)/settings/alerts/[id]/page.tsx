import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { EditRuleForm, RemoveRuleForm } from "#components/alerts/rule-forms.tsx";
import { ruleScopeText } from "#components/alerts/rule-list.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { getRule } from "#lib/alerts/queries/rules.ts";
import { ruleFormValues, thresholdHint } from "#lib/alerts/rules/inputs.ts";
import { ALERT_KINDS } from "#lib/alerts/rules/kinds.ts";
import { ruleText } from "#lib/alerts/rules/words.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { readRowId } from "#lib/row-id.ts";
import { removeRuleAction, updateRuleAction } from "../actions.ts";

export const metadata: Metadata = { title: "Alert rule" };

export default async function AlertRulePage({ params }: { params: Promise<{ id: string }> }) {
  const { id: text } = await params;
  await requireUser(`/settings/alerts/${encodeURIComponent(text)}`, "admin");
  const id = readRowId(text);
  const rule = id === null ? null : getRule(id);
  if (!rule) notFound();
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={ruleText(rule)} description={ruleScopeText(rule)} />
      <Card>
        <EditRuleForm
          id={rule.id}
          rule={ruleFormValues(rule)}
          hint={ALERT_KINDS[rule.kind].unit === "none" ? null : thresholdHint(rule.kind)}
          action={updateRuleAction}
        />
      </Card>
      <Card className="mt-6">
        <h2 className="mb-3 font-semibold">Remove this rule</h2>
        <RemoveRuleForm id={rule.id} action={removeRuleAction} />
      </Card>
    </div>
  );
}
