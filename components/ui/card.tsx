import type { ComponentProps } from "react";

export function Card({ className = "", ...props }: ComponentProps<"div">) {
  return (
    <div {...props} className={`rounded-lg border border-line bg-surface p-5 shadow-card ${className}`} />
  );
}
