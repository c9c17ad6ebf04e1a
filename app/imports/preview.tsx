import { existsSync } from "node:fs";
import Link from "next/link";
import { notFound } from "next/navigation";
import { MovedReportView } from "#components/batches/moved-report.tsx";
import { CheckAgain } from "#components/imports/check-again.tsx";
import { ImportReportView } from "#components/imports/import-report.tsx";
import { ImportWaiting } from "#components/imports/import-waiting.tsx";
import { RunImport } from "#components/imports/run-import.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { database } from "#db/client.ts";
import { hasRole } from "#lib/actor.ts";
import { batchOfRequest } from "#lib/batches/import.ts";
import { batchHref } from "#lib/bulk/rules/batches.ts";
import { creditTypeNames, moneyByType } from "#lib/credit-types/queries.ts";
import { formatCount } from "#lib/credits.ts";
import { errorsPath } from "#lib/imports/commands.ts";
import { importProgress } from "#lib/imports/jobs.ts";
import { getImport, mayUseImport } from "#lib/imports/queries.ts";
import {
  countsText,
  IMPORT_KINDS,
  IMPORT_MODE_NAMES,
  type ImportKind,
  importHref,
} from "#lib/imports/rules.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import type { RawSearchParams } from "#lib/search-params.ts";
import { checkImportAction, runImportAction } from "./actions.ts";

/** The result of checking an upload, the button that imports it, and the result of that. */
export async function ImportPreview({
  id,
  kind,
  raw,
}: {
  id: string;
  kind: ImportKind;
  raw: RawSearchParams;
}) {
  const user = await requireUser(importHref(kind, id), kind === "members" ? "organization_admin" : "admin");
  const upload = getImport(id);
  if (!upload || upload.kind !== kind || !mayUseImport(user, upload)) notFound();
  const { status, report } = upload;
  const { one, many, list, title } = IMPORT_KINDS[kind];
  const waiting = status === "checking" || status === "importing";
  const todo = (report?.added ?? 0) + (report?.changed ?? 0);
  const counted = `${formatCount(todo)} ${todo === 1 ? one : many}`;
  const hasErrors = report !== null && report.errorCount > 0;
  // Also while the check still runs.
  const isChanged = raw.changed === "1" && (status === "checking" || status === "checked");
  const batch = kind === "allocations" ? batchOfRequest(database(), id) : null;
  const isOpen = status === "checked" || status === "failed";
  // After the errors, because nothing moves before they are corrected.
  const moved = isOpen && report?.moved && (
    <MovedReportView
      moved={report.moved}
      rows={report.rows}
      hasErrors={hasErrors}
      creditTypes={creditTypeNames(user.scope)}
      money={moneyByType()}
    />
  );
  return (
    <div className="mx-auto max-w-4xl">
      <PageHeader
        title={`Import ${title.toLowerCase()}`}
        description={<span className="break-all">{upload.fileName}</span>}
      />
      <Card className="grid grid-cols-1 gap-5">
        {isChanged && (
          <Alert tone="warning">
            The file was checked again after you opened its preview, so nothing was imported. Look at the new
            preview.
          </Alert>
        )}
        {waiting && (
          <>
            <noscript>
              <meta httpEquiv="refresh" content="2" />
            </noscript>
            <ImportWaiting id={id} kind={kind} status={status} initial={importProgress(id)} />
          </>
        )}
        {status === "failed" && <Alert tone="error">{upload.error}</Alert>}
        {status === "done" && (
          <>
            <Alert tone="success">
              {counted} imported{report && report.mode !== "add" && `: ${countsText(report)}`}.
            </Alert>
            <div className="flex flex-wrap gap-2">
              <Link href={list} className={buttonClass({ variant: "primary" })}>
                Go to {kind === "allocations" ? "Organizations" : title}
              </Link>
              {batch !== null && (
                <Link href={batchHref(batch)} className={buttonClass()}>
                  Show batch
                </Link>
              )}
              {report !== null && report.changed > 0 && (
                <a href={`${importHref(kind, id)}/undo`} className={buttonClass()} download>
                  Download undo file
                </a>
              )}
            </div>
            {report !== null && report.changed > 0 && (
              <p className="text-muted">
                The undo file brings back the previous values: import it with “{IMPORT_MODE_NAMES.change}”.
              </p>
            )}
          </>
        )}
        {status === "checked" && report?.errorCount === 0 && todo === 0 && (
          <Alert tone="info">Nothing to import: the portal has every row already.</Alert>
        )}
        {!hasErrors && moved}
        {isOpen && report && (
          <ImportReportView
            report={report}
            here={importHref(kind, id)}
            mayCreate={hasRole(user.role, "admin")}
            badRowsHref={existsSync(errorsPath(id)) ? `${importHref(kind, id)}/errors` : null}
          />
        )}
        {hasErrors && moved}
        {isOpen && (
          <CheckAgain id={id} kind={kind} mode={upload.mode} isOpen={hasErrors} action={checkImportAction} />
        )}
        {(status === "failed" || (status === "checked" && (hasErrors || todo === 0))) && (
          <div>
            <Link href={importHref(kind)} className={buttonClass({ variant: "primary" })}>
              Choose another file
            </Link>
          </div>
        )}
        {status === "checked" && report?.errorCount === 0 && todo > 0 && (
          <RunImport
            id={id}
            digest={report.digest}
            label={`Import ${counted}`}
            cancel={list}
            action={runImportAction}
          />
        )}
      </Card>
    </div>
  );
}
