import type { Metadata } from "next";
import { ImportPreview } from "#app/imports/preview.tsx";

export const metadata: Metadata = { title: "Import credits: preview" };

export default async function ImportPreviewPage({ params }: { params: Promise<{ id: string }> }) {
  return <ImportPreview id={(await params).id} kind="allocations" />;
}
