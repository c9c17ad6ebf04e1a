import { randomUUID } from "node:crypto";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { oneOf } from "#app/(portal)/status-question.ts";
import { ConfirmForm } from "#components/batches/confirm-form.tsx";
import { PreviewCard } from "#components/batches/move-preview.tsx";
import { PreviewForm } from "#components/batches/preview-form.tsx";
import { PreviewTable } from "#components/batches/preview-table.tsx";
import { settingWords, shownValue } from "#components/batches/words.ts";
import { AllowanceFields } from "#components/members/allowance-fields.tsx";
import { RoleSelect } from "#components/members/role-select.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { Card } from "#components/ui/card.tsx";
import { Email } from "#components/ui/email.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { selectionParams } from "#lib/batches/search-params.ts";
import { previewOfChanges } from "#lib/bulk/preview.ts";
import { BATCH_MAX } from "#lib/bulk/rules/batches.ts";
import { changesOf, inChangingOrder } from "#lib/bulk/rules/changes.ts";
import { formatCount } from "#lib/credits.ts";
import {
  ALLOWANCES,
  MEMBER_ROLES,
  MEMBERSHIP_FIELDS,
  membershipChange,
  membershipValueInput,
} from "#lib/members/rules.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { pageParam, type RawSearchParams } from "#lib/search-params.ts";
import { changeMembershipsAction } from "./actions.ts";
import { membershipParams, membershipSelection, requireMemberships } from "./selection.ts";

type Props = { searchParams: Promise<RawSearchParams> };

const PATH = "/members/bulk";
const fieldOf = (raw: RawSearchParams) =>
  MEMBERSHIP_FIELDS.find((one) => one === oneOf(raw, "set")) ?? "allowance";

export async function generateMetadata({ searchParams }: Props): Promise<Metadata> {
  return { title: `Set ${fieldOf(await searchParams)}` };
}

/** Sets the allowance or the role of the selected members: what was typed, what it would do, and the button. */
export default async function BulkMembersPage({ searchParams }: Props) {
  const raw = await searchParams;
  const { scope } = await requireUser("/members", "organization_admin");
  const selection = membershipSelection(raw);
  const selected = await requireMemberships(scope, selection);
  if (selected?.length === 0) redirect(selection.back);
  const rows = selected ?? [];
  const set = fieldOf(raw);
  const typed = {
    allowance: ALLOWANCES.find((one) => one === oneOf(raw, "allowance")) ?? "own",
    monthlyAllowance: oneOf(raw, "monthlyAllowance"),
    role: MEMBER_ROLES.find((one) => one === oneOf(raw, "role")) ?? "creator",
  };
  const isNew = raw[set] === undefined;
  const value = isNew ? undefined : membershipValueInput.safeParse({ set, ...typed });
  const errors = Object.fromEntries(
    (value?.error?.issues ?? []).map(({ path, message }) => [String(path[0]), message]),
  );
  const isTooMany = selected === null;
  const lines =
    value?.success && !isTooMany ? rows.map((row) => membershipChange(row, set, value.data.to)) : null;
  const changes = lines?.filter((line) => line.before !== line.after).length ?? 0;
  const kind = `member_${set}` as const;
  const params = [...selectionParams(selection), ...membershipParams(selection)];
  const href = (page: number) => {
    const query = [...params, ["set", set], ...Object.entries(typed), ["page", String(page)]];
    return `${PATH}?${new URLSearchParams(query as [string, string][])}`;
  };
  const counted = (count: number) => `${formatCount(count)} ${count === 1 ? "member" : "members"}`;
  return (
    <div className="group/preview mx-auto grid max-w-4xl grid-cols-1 gap-5">
      <PageHeader
        title={`Set the ${set} of ${isTooMany ? `more than ${counted(BATCH_MAX)}` : counted(rows.length)}`}
      />
      {isTooMany && (
        <Alert tone="error">{`At most ${formatCount(BATCH_MAX)} at once. Narrow the view and do it in parts.`}</Alert>
      )}
      <Card>
        <PreviewForm
          path={PATH}
          params={[["set", set], ...params]}
          back={selection.back}
          shown={set === "role" ? typed.role : `${typed.allowance} ${typed.monthlyAllowance}`}
          errors={errors}
        >
          {set === "role" ? (
            <RoleSelect initial={typed.role} autoFocus={isNew} />
          ) : (
            <AllowanceFields initial={typed} autoFocus={isNew} />
          )}
        </PreviewForm>
      </Card>
      {lines && value?.success && (
        <>
          <PreviewCard isChanged={oneOf(raw, "changed") !== ""}>
            <p className="font-medium">
              {changes === 0
                ? `Nothing to change: all have this ${set} already.`
                : `${settingWords(kind, value.data.to)} for ${changesOf(changes, rows.length, "member", "members")}.`}
            </p>
            {changes > 0 && (
              <ConfirmForm
                key={previewOfChanges(lines)}
                fields={{
                  set,
                  ...typed,
                  ...(selection.view === null ? { ids: selection.ids.join(",") } : { view: selection.view }),
                  ...(selection.organization !== null && { organization: String(selection.organization) }),
                  expected: previewOfChanges(lines),
                }}
                requestId={randomUUID()}
                back={selection.back}
                button={`Set ${set} of ${counted(changes)}`}
                action={changeMembershipsAction}
              />
            )}
          </PreviewCard>
          <PreviewTable
            label="Preview of each member"
            subject="Member"
            columns={["Now", "After"]}
            rows={inChangingOrder(lines)}
            pages={{ current: pageParam.decode(oneOf(raw, "page")) ?? 1, href }}
            read={({ id, name, email, code, before, after, isActive }) => ({
              id,
              name: (
                <>
                  {name} (<Email>{email}</Email>)
                </>
              ),
              code,
              values: [shownValue(kind, before), shownValue(kind, after)],
              remark: before === after ? "has it already" : isActive ? "" : "is inactive",
              isShort: false,
            })}
          />
        </>
      )}
    </div>
  );
}
