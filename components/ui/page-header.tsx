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
      <div className={`min-w-0 ${menu ? "" : "max-sm:col-span-2"}`}>
        <h1 className="page-title">{title}</h1>
        {description && <div className="mt-1 text-muted">{description}</div>}
      </div>
      {(actions || menu) && (
        <div className="flex flex-wrap gap-2 max-sm:contents">
          {actions && (
            <div className="flex flex-wrap gap-2 max-sm:col-span-2 max-sm:row-start-2">{actions}</div>
          )}
          {menu && <div className="max-sm:col-start-2 max-sm:row-start-1">{menu}</div>}
        </div>
      )}
    </header>
  );
}
