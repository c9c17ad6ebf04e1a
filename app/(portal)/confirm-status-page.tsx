import Link from "next/link";
import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { changesText } from "#components/ui/changes-text.ts";
import { ConfirmStatus } from "#components/ui/confirm-status.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { BATCH_MAX } from "#lib/bulk/rules/batches.ts";
import { formatCount } from "#lib/credits.ts";
import type { FormAction } from "#lib/form-state.ts";
import { viewChange } from "#lib/status-change.ts";
import type { StatusQuestion } from "./status-question.ts";

/** How many names the question lists. */
export const LISTED = 24;

/** The question before a change of status, as a page, because a dialog needs JavaScript. */
export function ConfirmStatusPage({
  question: { to, view, back },
  changing,
  total,
  names,
  single = names[0],
  one,
  many,
  meaning,
  fields = {},
  action,
}: {
  question: StatusQuestion;
  /** The ids that would change, of the `total` that were chosen. */
  changing: readonly number[];
  total: number;
  /** Of the first {@link LISTED} that would change. */
  names: readonly string[];
  /** The name of the only one, if there is only one. */
  single?: string | undefined;
  one: string;
  many: string;
  meaning: ReactNode;
  fields?: Record<string, string>;
  action: FormAction;
}) {
  if (total === 0) redirect(back);
  if (total > BATCH_MAX) return <TooManyRows title="Change status" back={back} />;
  const change = viewChange(changing, total);
  const subject = total === 1 && single ? single : changesText(to, change, one, many);
  if (changing.length === 0) {
    return (
      <div className="mx-auto max-w-xl">
        <PageHeader title="Nothing to change" />
        <Card className="grid gap-4">
          <p>{`${total === 1 ? `This ${one} is` : `These ${many} are`} ${to === "activate" ? "active" : "inactive"} already.`}</p>
          <Link href={back} className={`${buttonClass()} justify-self-end`}>
            Back
          </Link>
        </Card>
      </div>
    );
  }
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={`${to === "activate" ? "Activate" : "Deactivate"} ${subject}?`} />
      <Card>
        <ConfirmStatus
          to={to}
          {...(view === null ? { ids: changing } : { view: { query: view, change } })}
          names={names}
          more={changing.length - names.length}
          {...{ one, many, meaning, fields, back, action }}
        />
      </Card>
    </div>
  );
}

/** The page in place of the question where a view has more rows than one batch. */
export function TooManyRows({ title, back }: { title: string; back: string }) {
  return (
    <div className="mx-auto max-w-xl">
      <PageHeader title={title} />
      <Card className="grid gap-4">
        <Alert tone="error">{`At most ${formatCount(BATCH_MAX)} at once. Narrow the view and do it in parts.`}</Alert>
        <Link href={back} className={`${buttonClass()} justify-self-end`}>
          Back
        </Link>
      </Card>
    </div>
  );
}
