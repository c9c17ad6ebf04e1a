import type { ComponentProps } from "react";

type Look = { variant?: "primary" | "secondary" | "ghost" | "danger"; size?: "sm" | "md" };

const VARIANTS = {
  primary: "bg-accent text-on-accent border-transparent hover:bg-accent-strong",
  secondary: "bg-surface text-ink border-line hover:bg-raised",
  ghost: "bg-transparent text-muted border-transparent hover:bg-raised hover:text-ink",
  danger: "bg-surface text-danger border-line hover:bg-danger-soft",
};
const SIZES = { sm: "h-8 px-2.5 text-[0.8125rem]", md: "h-9 px-3.5" };

/** The classes of a button, for a link that looks like one. */
export function buttonClass({ variant = "secondary", size = "md" }: Look = {}): string {
  return `inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap transition-colors disabled:opacity-60 disabled:cursor-not-allowed aria-disabled:opacity-60 ${VARIANTS[variant]} ${SIZES[size]}`;
}

export function Button({
  variant,
  size,
  className = "",
  type = "button",
  ...props
}: Look & ComponentProps<"button">) {
  const look = { ...(variant && { variant }), ...(size && { size }) };
  return <button {...props} type={type} className={`${buttonClass(look)} ${className}`} />;
}
