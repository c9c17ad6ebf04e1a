/** The size of each page of a PDF that Chromium made, in millimetres. Its page objects are not compressed. */
export function pdfPages(pdf: Buffer): { width: number; height: number }[] {
  const millimetres = (points: string | undefined) => Math.round((Number(points) * 25.4) / 72);
  const pages = pdf
    .toString("latin1")
    .matchAll(/\/Type \/Page\b[^s][\s\S]*?\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g);
  return [...pages].map(([, width, height]) => ({ width: millimetres(width), height: millimetres(height) }));
}
