import type { Metadata } from "next";
import { RefusalRetentionForm } from "#components/settings/refusal-retention-form.tsx";
import { SettingsForm } from "#components/settings/settings-form.tsx";
import { SettingsHeader } from "#components/settings/settings-header.tsx";
import { Card } from "#components/ui/card.tsx";
import { requireUser } from "#lib/portal-users/session.ts";
import { readRefusalDays } from "#lib/refusals/queries/retention.ts";
import { retentionFormValues } from "#lib/refusals/rules.ts";
import { getSettings } from "#lib/settings/queries.ts";
import { settingsFormValues } from "#lib/settings/rules.ts";
import { DATE_FORMATS, formatDate, timeZones } from "#lib/time.ts";
import { updateRefusalRetentionAction, updateSettingsAction } from "./actions.ts";

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
        <h2 className="mb-3 font-semibold">Refusals</h2>
        <RefusalRetentionForm
          retention={retentionFormValues({ refusalDays: readRefusalDays() })}
          action={updateRefusalRetentionAction}
        />
      </Card>
    </>
  );
}
