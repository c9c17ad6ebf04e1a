import type { Metadata } from "next";
import { SecondFactorPolicyForm } from "#components/settings/second-factor-policy-form.tsx";
import { SessionLimitsForm } from "#components/settings/session-limits-form.tsx";
import { SettingsHeader } from "#components/settings/settings-header.tsx";
import { Card } from "#components/ui/card.tsx";
import { requireUser } from "#lib/portal-users/session.ts";
import { sessionLimits } from "#lib/portal-users/session-queries.ts";
import { sessionLimitsFormValues } from "#lib/portal-users/session-rules.ts";
import { secondFactorPolicy } from "#lib/second-factor/queries.ts";
import { secondFactorPolicyFormValues } from "#lib/second-factor/rules.ts";
import { updateSecondFactorPolicyAction, updateSessionLimitsAction } from "../actions.ts";

export const metadata: Metadata = { title: "Security settings" };

export default async function SecuritySettingsPage() {
  await requireUser("/settings/security", "owner");
  return (
    <>
      <SettingsHeader tab="security" />
      <Card className="max-w-xl">
        <h2 className="mb-3 font-semibold">Second factor</h2>
        <SecondFactorPolicyForm
          policy={secondFactorPolicyFormValues(secondFactorPolicy())}
          action={updateSecondFactorPolicyAction}
        />
      </Card>
      <Card className="mt-6 max-w-xl">
        <h2 className="mb-3 font-semibold">Sessions</h2>
        <SessionLimitsForm
          limits={sessionLimitsFormValues(sessionLimits())}
          action={updateSessionLimitsAction}
        />
      </Card>
    </>
  );
}
