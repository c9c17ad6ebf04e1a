import { buttonClass } from "./button.tsx";

/** The address of an export in another format: `…/export?q=a` in "figures" is `…/export?q=a&format=figures`. */
function inFormat(href: string, format: string): string {
  return `${href}${href.includes("?") ? "&" : "?"}format=${format}`;
}

/** Downloads what a view has, whole: as it is, and in another format. Or opens it to be printed. */
export function ExportLinks({
  href,
  format,
  label,
  print,
  size = "md",
}: {
  href: string;
  format: string;
  label: string;
  /** The page to be printed. Not a soft link, because it opens the print dialog as it loads. */
  print?: string;
  size?: "sm" | "md";
}) {
  const className = buttonClass({ size });
  return (
    <>
      <a href={href} download className={className}>
        Export CSV
      </a>
      <a href={inFormat(href, format)} download className={className}>
        {label}
      </a>
      {print !== undefined && (
        <a href={print} className={buttonClass({ size, variant: "ghost" })}>
          Print
        </a>
      )}
    </>
  );
}
