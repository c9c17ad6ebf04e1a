import type { ReactNode } from "react";

export function PageHeader({
  title,
  description,
  actions,
  menu,
}: {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  /** Less frequent actions behind "⋯": after the others, and on a phone beside the title, where there is room for it. */
  menu?: ReactNode;
}) {
  return (
    <header className="page-header">
      <div className={menu ? "min-w-0" : "min-w-0 max-sm:col-span-2"}>
        <h1 className="page-title">{title}</h1>
        {description && <div className="mt-1 text-muted">{description}</div>}
      </div>
      {(actions || menu) && (
        <div className="page-buttons">
          {actions && <div className="page-actions">{actions}</div>}
          {menu && <div className="page-menu">{menu}</div>}
        </div>
      )}
    </header>
  );
}
