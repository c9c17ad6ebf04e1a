import type { Metadata } from "next";
import { ImportPreview } from "#app/imports/preview.tsx";
import type { RawSearchParams } from "#lib/search-params.ts";

export const metadata: Metadata = { title: "Import members: preview" };

type Props = { params: Promise<{ id: string }>; searchParams: Promise<RawSearchParams> };

export default async function ImportPreviewPage({ params, searchParams }: Props) {
  return <ImportPreview id={(await params).id} kind="members" raw={await searchParams} />;
}
