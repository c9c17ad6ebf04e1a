import type { Metadata } from "next";
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
import { mayUseImport } from "#lib/imports/rules.ts";
import { requireUser } from "#lib/portal-users/session.ts";
import { runImportAction } from "../actions.ts";

export const metadata: Metadata = { title: "Import organizations: preview" };

export default async function ImportPreviewPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  const user = await requireUser(`/organizations/import/${id}`, "admin");
  const found = getImport(id);
  if (!found || !mayUseImport(user, found)) notFound();
  const { status, report } = found;
  const waiting = status === "checking" || status === "importing";
  const organizations = `${formatCount(report?.rows ?? 0)} ${report?.rows === 1 ? "organization" : "organizations"}`;
  return (
    <div className="mx-auto max-w-4xl">
      <PageHeader
        title="Import organizations"
        description={<span className="break-all">{found.fileName}</span>}
      />
      <Card className="grid gap-5">
        {waiting && (
          <>
            <noscript>
              <meta httpEquiv="refresh" content="2" />
            </noscript>
            <ImportWaiting id={id} status={status} initial={importProgress(id)} />
          </>
        )}
        {status === "failed" && <Alert tone="error">{found.error}</Alert>}
        {status === "done" && (
          <>
            <Alert tone="success">{organizations} imported.</Alert>
            <div>
              <Link href="/organizations" className={buttonClass({ variant: "primary" })}>
                Go to Organizations
              </Link>
            </div>
          </>
        )}
        {status === "checked" && report?.errorCount === 0 && (
          <RunImport id={id} label={`Import ${organizations}`} action={runImportAction} />
        )}
        {(status === "failed" || (status === "checked" && report !== null && report.errorCount > 0)) && (
          <div>
            <Link href="/organizations/import" className={buttonClass({ variant: "primary" })}>
              Choose another file
            </Link>
          </div>
        )}
        {(status === "checked" || status === "failed") && report && <ImportReportView report={report} />}
      </Card>
    </div>
  );
}
