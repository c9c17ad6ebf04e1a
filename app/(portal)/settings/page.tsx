import type { Metadata } from "next";
import { RefusalRetentionForm } from "#components/settings/refusal-retention-form.tsx";
import { SecondFactorPolicyForm } from "#components/settings/second-factor-policy-form.tsx";
import { SessionLimitsForm } from "#components/settings/session-limits-form.tsx";
import { SettingsForm } from "#components/settings/settings-form.tsx";
import { SettingsHeader } from "#components/settings/settings-header.tsx";
import { Card } from "#components/ui/card.tsx";
import { requireUser } from "#lib/portal-users/session.ts";
import { sessionLimits } from "#lib/portal-users/session-queries.ts";
import { sessionLimitsFormValues } from "#lib/portal-users/session-rules.ts";
import { readRefusalDays } from "#lib/refusals/queries/retention.ts";
import { retentionFormValues } from "#lib/refusals/rules.ts";
import { secondFactorPolicy } from "#lib/second-factor/queries.ts";
import { secondFactorPolicyFormValues } from "#lib/second-factor/rules.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { settingsFormValues } from "#lib/settings/rules.ts";
import { DATE_FORMATS, formatDate, timeZones } from "#lib/time.ts";
import {
  updateRefusalRetentionAction,
  updateSecondFactorPolicyAction,
  updateSessionLimitsAction,
  updateSettingsAction,
} from "./actions.ts";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage() {
  await requireUser("/settings", "owner");
  const settings = getSettings();
  const now = new Date();
  const zones = timeZones();
  return (
    <>
      <SettingsHeader tab="general" />
      <Card className="max-w-xl">
        <SettingsForm
          settings={settingsFormValues(settings)}
          timeZones={zones.includes(settings.timeZone) ? zones : [settings.timeZone, ...zones]}
          dateFormats={DATE_FORMATS.map((format) => ({
            format,
            example: formatDate(now, { timeZone: settings.timeZone, dateFormat: format }),
          }))}
          action={updateSettingsAction}
        />
      </Card>
      <Card className="mt-6 max-w-xl">
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
      <Card className="mt-6 max-w-xl">
        <h2 className="mb-3 font-semibold">Refusals</h2>
        <RefusalRetentionForm
          retention={retentionFormValues({ refusalDays: readRefusalDays() })}
          action={updateRefusalRetentionAction}
        />
      </Card>
    </>
  );
}
