"use client";

import type { ComponentProps } from "react";
import { useFormStatus } from "react-dom";
import { Button } from "./button.tsx";

/**
 * Submits its form and shows that it is waiting for the answer. Until the answer comes, pressing it again does nothing.
 */
export function SubmitButton({ children, variant = "primary", ...props }: ComponentProps<typeof Button>) {
  const { pending } = useFormStatus();
  return (
    <Button
      {...props}
      variant={variant}
      type="submit"
      aria-disabled={pending}
      onClick={(event) => pending && event.preventDefault()}
    >
      {children}
      {pending && (
        <span
          aria-hidden
          className="size-3.5 animate-spin rounded-full border-2 border-current border-r-transparent"
        />
      )}
    </Button>
  );
}
