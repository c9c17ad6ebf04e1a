// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { AppRouterContext } from "next/dist/shared/lib/app-router-context.shared-runtime";
import { useState } from "react";
import { expect, it, vi } from "vitest";
import { SearchField, useListSearch } from "#components/ui/list-search.tsx";

/** A router that keeps the addresses it was sent to, as the browser's history does, and lets the page follow. */
function Page() {
  const [history, setHistory] = useState(["/people"]);
  const router = {
    push: (href: string) => setHistory((known) => [...known, href]),
    replace: (href: string) => setHistory((known) => [...known.slice(0, -1), href]),
    back: () => setHistory((known) => known.slice(0, -1)),
    forward: () => {},
    refresh: () => {},
    prefetch: () => {},
    hmrRefresh: () => {},
    bfcacheId: "",
  };
  const q = new URL(history.at(-1) ?? "", "http://portal.invalid").searchParams.get("q") ?? "";
  return (
    <AppRouterContext.Provider value={router}>
      <List q={q} />
      <button type="button" onClick={router.back}>
        Back
      </button>
      <output>{history.join(" ")}</output>
    </AppRouterContext.Provider>
  );
}

function List({ q }: { q: string }) {
  const search = useListSearch({ q, page: 1 }, ({ q }) => (q ? `/people?q=${q}` : "/people"));
  return <SearchField label="Search" placeholder="" search={search} />;
}

it("sends a burst of letters as one step of the history, keeps the focus, and follows Back", async () => {
  // The keys' own clock, so that a slow machine types no slower.
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const user = userEvent.setup();
  render(<Page />);
  const field = screen.getByRole("searchbox", { name: "Search" });
  await user.type(field, "ana");
  await expect.poll(() => screen.getByRole("status").textContent).toBe("/people /people?q=ana");
  expect(field).toHaveFocus();
  // Past a burst: a step of its own.
  now = 1_001;
  await user.type(field, " r");
  await expect
    .poll(() => screen.getByRole("status").textContent)
    .toBe("/people /people?q=ana /people?q=ana r");
  await user.click(screen.getByRole("button", { name: "Back" }));
  expect(field).toHaveValue("ana");
  await user.click(screen.getByRole("button", { name: "Back" }));
  expect(field).toHaveValue("");
});
