import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

const TONES = {
  error: { look: "bg-danger-soft text-danger", Icon: CircleAlert, role: "alert" },
  warning: { look: "bg-warning-soft text-warning", Icon: TriangleAlert, role: "status" },
  success: { look: "bg-success-soft text-success", Icon: CircleCheck, role: "status" },
  info: { look: "bg-info-soft text-info", Icon: Info, role: "status" },
} as const;

export function Alert({ tone = "info", children }: { tone?: keyof typeof TONES; children: ReactNode }) {
  const { look, Icon, role } = TONES[tone];
  return (
    <div role={role} className={`flex gap-2.5 rounded-md px-3.5 py-2.5 ${look}`}>
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 wrap-anywhere">{children}</div>
    </div>
  );
}
