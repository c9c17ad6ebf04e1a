"use client";

import { type ReactNode, useEffect, useRef, useState } from "react";

/**
 * The "⋯" button of a row. One menu serves all rows, because a menu in each would be a tenth of a page's bytes. Where no
 * script runs, the button leads to the row's own page, which has the same actions.
 *
 * @param form the id of the list's form, which sends the button
 */
export function RowMenuButton({
  id,
  name,
  form,
  page,
}: {
  id: number;
  name: string;
  form: string;
  page: string;
}) {
  return (
    <button
      type="submit"
      form={form}
      formAction={page}
      name="menu"
      value={id}
      aria-label={`Actions for ${name}`}
      className="more"
    >
      ⋯
    </button>
  );
}

/**
 * The menu of the rows on the page: a popover of the platform, which closes by Escape and by a press beside it, gives the
 * focus back, and which no table cuts off.
 */
export function RowMenu({ children }: { children: (id: number) => ReactNode }) {
  const menu = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [shown, setShown] = useState<{ id: number } | null>(null);

  useEffect(() => {
    // The platform closes the menu before a press on its own button is a click.
    let wasOpen = false;
    const isOpen = () => menu.current?.matches(":popover-open") === true;
    const onPointerDown = () => {
      wasOpen = isOpen();
    };
    const onClick = (event: MouseEvent) => {
      const pressed =
        event.target instanceof Element ? event.target.closest<HTMLButtonElement>("button.more") : null;
      if (!pressed) return;
      event.preventDefault();
      const closes = pressed === button.current && (wasOpen || isOpen());
      wasOpen = false;
      if (isOpen()) menu.current?.hidePopover();
      if (closes) return;
      button.current = pressed;
      setShown({ id: Number(pressed.value) });
    };
    document.addEventListener("pointerdown", onPointerDown, { capture: true });
    document.addEventListener("click", onClick);
    return () => {
      document.removeEventListener("pointerdown", onPointerDown, { capture: true });
      document.removeEventListener("click", onClick);
    };
  }, []);

  // After the items of this row are there.
  useEffect(() => {
    if (!shown || !menu.current || !button.current) return;
    // The button is then also the anchor of the menu's place.
    menu.current.showPopover({ source: button.current });
    menu.current.querySelector<HTMLElement>("a, button")?.focus();
  }, [shown]);

  return (
    <div ref={menu} popover="auto" className="menu">
      {shown && children(shown.id)}
    </div>
  );
}
