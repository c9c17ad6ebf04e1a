import Link from "next/link";
import { notFound } from "next/navigation";
import { ImportReportView } from "#components/imports/import-report.tsx";
import { ImportWaiting } from "#components/imports/import-waiting.tsx";
import { RunImport } from "#components/imports/run-import.tsx";
import { Alert } from "#components/ui/alert.tsx";
import { buttonClass } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { formatCount } from "#lib/credits.ts";
import { importProgress } from "#lib/imports/jobs.ts";
import { getImport } from "#lib/imports/queries.ts";
import { IMPORT_KINDS, type ImportKind, importHref, mayUseImport } from "#lib/imports/rules.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { runImportAction } from "./actions.ts";

/** What checking an upload found, the button that imports it, and how that ended. */
export async function ImportPreview({ id, kind }: { id: string; kind: ImportKind }) {
  const user = await requireUser(importHref(kind, id), "admin");
  const found = getImport(id);
  if (!found || found.kind !== kind || !mayUseImport(user, found)) notFound();
  const { status, report } = found;
  const { one, many, list, title } = IMPORT_KINDS[kind];
  const waiting = status === "checking" || status === "importing";
  const counted = `${formatCount(report?.rows ?? 0)} ${report?.rows === 1 ? one : many}`;
  return (
    <div className="mx-auto max-w-4xl">
      <PageHeader
        title={`Import ${title.toLowerCase()}`}
        description={<span className="break-all">{found.fileName}</span>}
      />
      <Card className="grid gap-5">
        {waiting && (
          <>
            <noscript>
              <meta httpEquiv="refresh" content="2" />
            </noscript>
            <ImportWaiting id={id} kind={kind} status={status} initial={importProgress(id)} />
          </>
        )}
        {status === "failed" && <Alert tone="error">{found.error}</Alert>}
        {status === "done" && (
          <>
            <Alert tone="success">{counted} imported.</Alert>
            <div>
              <Link href={list} className={buttonClass({ variant: "primary" })}>
                Go to {title}
              </Link>
            </div>
          </>
        )}
        {status === "checked" && report?.errorCount === 0 && (
          <RunImport id={id} label={`Import ${counted}`} cancel={list} action={runImportAction} />
        )}
        {(status === "failed" || (status === "checked" && report !== null && report.errorCount > 0)) && (
          <div>
            <Link href={importHref(kind)} className={buttonClass({ variant: "primary" })}>
              Choose another file
            </Link>
          </div>
        )}
        {(status === "checked" || status === "failed") && report && <ImportReportView report={report} />}
      </Card>
    </div>
  );
}
