import { randomUUID } from "node:crypto";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { oneOf } from "#app/(portal)/status-question.ts";
import { ConfirmForm } from "#components/batches/confirm-form.tsx";
import { PreviewCard } from "#components/batches/move-preview.tsx";
import { PreviewForm } from "#components/batches/preview-form.tsx";
import { PreviewTable } from "#components/batches/preview-table.tsx";
import { settingWords, shownValue } from "#components/batches/words.ts";
import { Alert } from "#components/ui/alert.tsx";
import { Card } from "#components/ui/card.tsx";
import { TextField } from "#components/ui/field.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { bulkHref, selectionParams } from "#lib/batches/search-params.ts";
import { previewOfChanges } from "#lib/bulk/preview.ts";
import { BATCH_MAX } from "#lib/bulk/rules/batches.ts";
import { changesOf, inChangingOrder } from "#lib/bulk/rules/changes.ts";
import { formatCount, plainCredits } from "#lib/credits.ts";
import { allowanceLines } from "#lib/organizations/bulk-queries.ts";
import { typedOptionalCredits } from "#lib/organizations/rules.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { pageParam, type RawSearchParams } from "#lib/search-params.ts";
import { changeAllowanceAction } from "../actions.ts";
import { organizationSelection, requireManagedOrganizations } from "../selection.ts";

export const metadata: Metadata = { title: "Set allowance" };

const PATH = "/organizations/bulk/allowance";

/** Sets the allowance of the selected organizations: what was typed, what it would do, and the button. */
export default async function BulkAllowancePage({
  searchParams,
}: {
  searchParams: Promise<RawSearchParams>;
}) {
  const raw = await searchParams;
  const { scope } = await requireUser("/organizations", "organization_admin");
  const selection = organizationSelection(raw);
  const ids = requireManagedOrganizations(scope, selection);
  if (ids.length === 0) redirect(selection.back);
  const isNew = raw.monthlyAllowance === undefined;
  const monthlyAllowance = oneOf(raw, "monthlyAllowance");
  const typed = isNew ? undefined : typedOptionalCredits.safeParse(monthlyAllowance);
  const isTooMany = ids.length > BATCH_MAX;
  const after = typed?.success ? (typed.data === null ? null : plainCredits(typed.data)) : undefined;
  const lines = after === undefined || isTooMany ? null : allowanceLines(ids, after);
  const changes = lines?.filter((line) => line.before !== line.after).length ?? 0;
  const organizations = `${formatCount(ids.length)} ${ids.length === 1 ? "organization" : "organizations"}`;
  return (
    <div className="group/preview mx-auto grid max-w-4xl grid-cols-1 gap-5">
      <PageHeader title={`Set the allowance of ${organizations}`} />
      {isTooMany && (
        <Alert tone="error">{`At most ${formatCount(BATCH_MAX)} at once. Narrow the view and do it in parts.`}</Alert>
      )}
      <Card>
        <PreviewForm
          path={PATH}
          params={selectionParams(selection)}
          back={selection.back}
          shown={monthlyAllowance}
          errors={typed?.error ? { monthlyAllowance: typed.error.issues[0]?.message ?? "" } : {}}
        >
          <TextField
            label="Monthly Allowance per Member"
            name="monthlyAllowance"
            initial={monthlyAllowance}
            inputMode="decimal"
            autoComplete="off"
            hint="In credits. Leave blank for no limit. 0 blocks all spending."
            {...(isNew && { autoFocus: true })}
          />
        </PreviewForm>
      </Card>
      {lines && (
        <>
          <PreviewCard isChanged={oneOf(raw, "changed") !== ""}>
            <p className="font-medium">
              {changes === 0
                ? "Nothing to change: all have this allowance already."
                : `${settingWords("allowance", after ?? null)} per member for ${changesOf(changes, ids.length, "organization", "organizations")}.`}
            </p>
            {changes > 0 && (
              <ConfirmForm
                key={previewOfChanges(lines)}
                fields={{
                  monthlyAllowance,
                  ...(selection.view === null ? { ids: ids.join(",") } : { view: selection.view }),
                  expected: previewOfChanges(lines),
                }}
                requestId={randomUUID()}
                back={selection.back}
                button={`Set allowance of ${formatCount(changes)} ${changes === 1 ? "organization" : "organizations"}`}
                action={changeAllowanceAction}
              />
            )}
          </PreviewCard>
          <PreviewTable
            label="Preview of each organization"
            subject="Organization"
            columns={["Now", "After"]}
            rows={inChangingOrder(lines)}
            pages={{
              current: pageParam.decode(oneOf(raw, "page")) ?? 1,
              href: (page) => bulkHref(PATH, selection, { monthlyAllowance, page: String(page) }),
            }}
            read={({ id, name, code, before, after, isActive }) => ({
              id,
              name,
              code,
              values: [shownValue("allowance", before), shownValue("allowance", after)],
              remark: before === after ? "has it already" : isActive ? "" : "is inactive",
              isShort: false,
            })}
          />
        </>
      )}
    </div>
  );
}
