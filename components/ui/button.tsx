import type { ComponentProps } from "react";

type Look = { variant?: "primary" | "secondary" | "ghost" | "danger"; size?: "sm" | "md" };

// Whole names, because Tailwind finds them in this text.
const VARIANTS = {
  primary: "button-primary",
  secondary: "button-secondary",
  ghost: "button-ghost",
  danger: "button-danger",
};
const SIZES = { sm: "h-8 px-2.5 text-[0.8125rem]", md: "h-9 px-3.5" };

/**
 * The classes of a button, used by links that look like one. Links in the rows of lists use the classes of
 * `globals.css`.
 */
export function buttonClass({ variant = "secondary", size = "md" }: Look = {}): string {
  return `button ${VARIANTS[variant]} ${SIZES[size]}`;
}

export function Button({
  variant,
  size,
  className = "",
  type = "button",
  ...props
}: Look & ComponentProps<"button">) {
  const look = { ...(variant && { variant }), ...(size && { size }) };
  return <button {...props} type={type} className={buttonClass(look) + (className && ` ${className}`)} />;
}
