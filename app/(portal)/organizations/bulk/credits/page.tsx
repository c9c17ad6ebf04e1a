import { randomUUID } from "node:crypto";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { oneOf } from "#app/(portal)/status-question.ts";
import { ConfirmForm } from "#components/batches/confirm-form.tsx";
import { MoveFields } from "#components/batches/move-fields.tsx";
import { LinesPreview, PoolsPreview, PreviewCard } from "#components/batches/move-preview.tsx";
import { PreviewForm } from "#components/batches/preview-form.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { Card } from "#components/ui/card.tsx";
import { TextField } from "#components/ui/field.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { previewOf } from "#lib/batches/preview.ts";
import { movePools, moveSubjects } from "#lib/batches/queries/moves.ts";
import {
  inOrderOfInterest,
  MOVE_KINDS,
  moveAmount,
  planMove,
  SPLITS,
  shortText,
} from "#lib/batches/rules/credits.ts";
import { bulkHref, selectionParams } from "#lib/batches/search-params.ts";
import { BATCH_MAX } from "#lib/bulk/rules/batches.ts";
import { changesOf } from "#lib/bulk/rules/changes.ts";
import { moneyByType } from "#lib/credit-types/queries.ts";
import { creditsText, formatCount } from "#lib/credits.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { pageParam, type RawSearchParams } from "#lib/search-params.ts";
import { moveCreditsAction } from "../actions.ts";
import { chosenOrganizations, organizationSelection } from "../selection.ts";

type Props = { searchParams: Promise<RawSearchParams> };

const PATH = "/organizations/bulk/credits";
const moveOf = (raw: RawSearchParams) => MOVE_KINDS.find((one) => one === oneOf(raw, "move")) ?? "allocation";

export async function generateMetadata({ searchParams }: Props): Promise<Metadata> {
  return { title: moveOf(await searchParams) === "allocation" ? "Add credits" : "Return credits" };
}

/** Adds credits to the selected organizations, or returns them: what was typed, what it would do, and the button. */
export default async function BulkCreditsPage({ searchParams }: Props) {
  const raw = await searchParams;
  const { scope } = await requireUser("/organizations", "admin");
  const selection = organizationSelection(raw);
  const ids = chosenOrganizations(scope, selection);
  if (ids.length === 0) redirect(selection.back);
  const move = moveOf(raw);
  const split = SPLITS.find((one) => one === oneOf(raw, "split")) ?? "each";
  const typed = { amount: oneOf(raw, "amount"), note: oneOf(raw, "note") };
  const isNew = raw.amount === undefined;
  const amount = isNew ? undefined : moveAmount(split).safeParse(typed.amount);
  const errors = amount?.error ? { amount: amount.error.issues[0]?.message ?? "" } : {};
  const isTooMany = ids.length > BATCH_MAX;
  const plan =
    amount?.success && !isTooMany
      ? planMove({ kind: move, split, amount: amount.data }, moveSubjects(ids, split), movePools())
      : null;
  const verb = move === "allocation" ? "Add" : "Return";
  const organizations = `${formatCount(ids.length)} ${ids.length === 1 ? "organization" : "organizations"}`;
  return (
    <div className="group/preview mx-auto grid max-w-4xl grid-cols-1 gap-5">
      <PageHeader
        title={`${verb} credits ${move === "allocation" ? "to" : "from"} ${organizations}`}
        {...(move === "allocation" && {
          description: (
            <>
              For a different amount each,{" "}
              <SoftLink href="/credits/import" className="rounded-sm underline">
                import a file
              </SoftLink>
              .
            </>
          ),
        })}
      />
      {isTooMany && (
        <Alert tone="error">{`At most ${formatCount(BATCH_MAX)} at once. Narrow the view and do it in parts.`}</Alert>
      )}
      <Card>
        <PreviewForm
          path={PATH}
          // Of the address, where the form below is not shown; otherwise that of the form counts.
          params={[["move", move], ...selectionParams(selection), ["note", typed.note]]}
          back={selection.back}
          shown={`${move} ${split} ${typed.amount}`}
          errors={errors}
        >
          <MoveFields {...{ move, split, amount: typed.amount, isNew }} />
        </PreviewForm>
      </Card>
      {plan && (
        <>
          <PreviewCard isChanged={oneOf(raw, "changed") !== ""}>
            <p className="font-medium">
              {plan.changes === 0
                ? "Nothing to change: every organization stays as it is."
                : `${creditsText(plan.total)} ${move === "allocation" ? "to" : "from"} ${changesOf(plan.changes, ids.length, "organization", "organizations")}.`}
            </p>
            <PoolsPreview pools={plan.pools} money={moneyByType()} />
            {plan.isShort && <Alert tone="error">{shortText(move, plan)} Nothing can move.</Alert>}
            {plan.changes > 0 && !plan.isShort && (
              <ConfirmForm
                key={previewOf(split, plan)}
                fields={{
                  move,
                  split,
                  amount: typed.amount,
                  ...(selection.view === null ? { ids: ids.join(",") } : { view: selection.view }),
                  expected: previewOf(split, plan),
                }}
                requestId={randomUUID()}
                back={selection.back}
                button={`${verb} ${creditsText(plan.total)}`}
                action={moveCreditsAction}
              >
                <TextField
                  label="Note"
                  name="note"
                  initial={typed.note}
                  autoComplete="off"
                  hint="Optional, for example a reason."
                />
              </ConfirmForm>
            )}
          </PreviewCard>
          <LinesPreview
            {...{ move, split }}
            lines={inOrderOfInterest(plan.lines)}
            page={pageParam.decode(oneOf(raw, "page")) ?? 1}
            href={(page) => bulkHref(PATH, selection, { move, split, ...typed, page: String(page) })}
          />
        </>
      )}
    </div>
  );
}
