import { randomUUID } from "node:crypto";
import type { Metadata } from "next";
import { forbidden, notFound, redirect } from "next/navigation";
import { ConfirmForm } from "#components/batches/confirm-form.tsx";
import { PoolsPreview, PreviewCard } from "#components/batches/move-preview.tsx";
import { PreviewTable } from "#components/batches/preview-table.tsx";
import { shownValue } from "#components/batches/words.ts";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { TextField } from "#components/ui/field.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { previewOfReversal } from "#lib/batches/preview.ts";
import { getBatch } from "#lib/batches/queries/batches.ts";
import { planReversal } from "#lib/batches/queries/reversals.ts";
import type { ReversalLine } from "#lib/batches/rules/reversals.ts";
import { batchHref, batchText } from "#lib/bulk/rules/batches.ts";
import { moneyByType } from "#lib/credit-types/queries.ts";
import { creditsText, formatCount } from "#lib/credits.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { readRowId } from "#lib/row-id.ts";
import { manages } from "#lib/scope/scope.ts";
import { pageParam, type RawSearchParams } from "#lib/search-params.ts";
import { oneOf } from "../../../status-question.ts";
import { reverseBatchAction } from "../../actions.ts";
import { mayReverse } from "../batch.ts";

export const metadata: Metadata = { title: "Reverse a batch" };

type Props = { params: Promise<{ id: string }>; searchParams: Promise<RawSearchParams> };

/** The question before a batch is reversed, with what happens to each of its rows. */
export default async function ReverseBatchPage({ params, searchParams }: Props) {
  const id = readRowId((await params).id);
  const user = await requireUser(
    id === null ? "/organizations" : `${batchHref(id)}/reverse`,
    "organization_admin",
  );
  const batch = id === null ? null : getBatch(user.scope, id);
  if (!batch) notFound();
  const here = batchHref(batch.id);
  if (batch.kind === "reversal" || batch.reversedById !== null) redirect(here);
  const raw = await searchParams;
  const leavesShort = oneOf(raw, "leave") === "short";
  const note = oneOf(raw, "note");
  const plan = planReversal(batch.id, leavesShort);
  if (!plan) notFound();
  if (!mayReverse(batch, user) || !plan.organizationIds.every((one) => manages(user.scope, one))) forbidden();
  const counts = { reversed: 0, left: 0, short: 0 };
  for (const { outcome } of plan.lines) counts[outcome] += 1;
  const isPoolShort = plan.credits?.pools.some(({ isShort }) => isShort) ?? false;
  const rank = ({ outcome }: ReversalLine) => ({ short: 0, left: 1, reversed: 2 })[outcome];
  const lines = [...plan.lines].sort((a, b) => rank(a) - rank(b));
  const href = (change: Record<string, string>) => {
    const kept = { ...(leavesShort && { leave: "short" }), ...(note && { note }) };
    const query = new URLSearchParams({ ...kept, ...change }).toString();
    return `${here}/reverse${query && `?${query}`}`;
  };
  return (
    <div className="mx-auto grid max-w-4xl grid-cols-1 gap-5">
      <PageHeader
        title={`Reverse batch #${batch.id}?`}
        description={`${batchText(batch.kind, batch.changes)}. A batch can be reversed once.`}
      />
      <PreviewCard isChanged={oneOf(raw, "changed") !== ""}>
        <p className="font-medium">{summaryOf(counts, plan.credits?.total ?? null)}</p>
        {plan.credits && <PoolsPreview pools={plan.credits.pools} money={moneyByType()} />}
        {isPoolShort && <Alert tone="error">A pool has less than goes back. Nothing can be reversed.</Alert>}
        {counts.short > 0 && (
          <Alert tone="error">
            {counts.short === 1 ? "1 organization has" : `${formatCount(counts.short)} organizations have`}{" "}
            less than goes back, because credits were spent or moved since.{" "}
            <SoftLink href={href({ leave: "short" })} scroll={false} className="font-medium underline">
              Leave out what is short
            </SoftLink>
          </Alert>
        )}
        {counts.short === 0 && counts.reversed > 0 && !isPoolShort ? (
          <ConfirmForm
            fields={{
              batch: String(batch.id),
              expected: previewOfReversal(plan.lines),
              ...(leavesShort && { leave: "short" }),
            }}
            requestId={randomUUID()}
            back={here}
            cancel={here}
            variant="danger"
            button={`Reverse ${formatCount(counts.reversed)} ${counts.reversed === 1 ? "change" : "changes"}`}
            action={reverseBatchAction}
          >
            <TextField label="Reason" name="note" initial={note} autoComplete="off" hint="Optional." />
          </ConfirmForm>
        ) : (
          <SoftLink href={here} className={`${buttonClass()} justify-self-end`}>
            Back
          </SoftLink>
        )}
      </PreviewCard>
      <PreviewTable
        label="Preview of each change"
        subject={batch.kind.startsWith("member_") ? "Member" : "Organization"}
        columns={["Now", "After"]}
        rows={lines}
        pages={{
          current: pageParam.decode(oneOf(raw, "page")) ?? 1,
          href: (page) => href({ page: String(page) }),
        }}
        read={(line) => ({
          id: line.id,
          name: line.name,
          code: line.code,
          values: [shownValue(batch.kind, line.before), shownValue(batch.kind, line.after)],
          remark: line.outcome === "left" ? `stays: ${line.remark}` : line.remark,
          isShort: line.outcome === "short",
        })}
      />
    </div>
  );
}

function summaryOf({ reversed, left }: { reversed: number; left: number }, total: bigint | null): string {
  if (reversed === 0) return "Nothing is left to reverse.";
  const what = `${formatCount(reversed)} ${reversed === 1 ? "change" : "changes"} will be reversed`;
  const credits = total === null ? "" : `: ${creditsText(total)} in all`;
  const rest =
    left === 0 ? "" : ` ${formatCount(left)} ${left === 1 ? "stays as it is" : "stay as they are"}.`;
  return `${what}${credits}.${rest}`;
}
