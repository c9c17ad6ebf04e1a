// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { AppRouterContext } from "next/dist/shared/lib/app-router-context.shared-runtime";
import { useState } from "react";
import { expect, it } from "vitest";
import { AuditFilters } from "#components/audit/audit-filters.tsx";
import { auditSearchParams } from "#lib/audit/search-params.ts";

const ACTORS = [{ actor: { kind: "portal_user" as const, id: 7 }, label: "ana@example.edu" }];

/** A router that keeps the addresses it was sent to, and a page that follows them. */
function Page({ start = "/audit" }: { start?: string }) {
  const [history, setHistory] = useState([start]);
  const router = {
    push: (href: string) => setHistory((known) => [...known, href]),
    replace: () => {},
    back: () => setHistory((known) => known.slice(0, -1)),
    forward: () => {},
    refresh: () => {},
    prefetch: () => {},
    hmrRefresh: () => {},
    bfcacheId: "",
  };
  const here = history.at(-1) ?? "";
  const view = auditSearchParams.decode(new URL(here, "http://portal.invalid").searchParams);
  return (
    <AppRouterContext.Provider value={router}>
      <AuditFilters view={view} dateFormat="DD.MM.YYYY" actors={ACTORS} ofEnterprise />
      <button type="button" onClick={router.back}>
        Back
      </button>
      <output>{here}</output>
    </AppRouterContext.Provider>
  );
}

const address = () => screen.getByRole("status").textContent;

it("applies a select at once, what was typed with it, and follows Back", async () => {
  const user = userEvent.setup();
  render(<Page />);
  await user.type(screen.getByLabelText("Object"), " LAW ");
  expect(address()).toBe("/audit");
  await user.selectOptions(screen.getByLabelText("Who"), "ana@example.edu");
  expect(address()).toBe("/audit?q=LAW&actor=portal_user.7");
  await user.selectOptions(screen.getByLabelText("Action"), "Credits added");
  await user.selectOptions(screen.getByLabelText("Type"), "Organization");
  expect(address()).toBe("/audit?q=LAW&actor=portal_user.7&action=credits.allocated&kind=organization");
  await user.selectOptions(screen.getByLabelText("Who"), "Anyone");
  expect(address()).toBe("/audit?q=LAW&action=credits.allocated&kind=organization");
  // What was typed applied when the focus left its field.
  for (let turn = 0; turn < 5; turn += 1) await user.click(screen.getByRole("button", { name: "Back" }));
  expect(address()).toBe("/audit");
  expect(screen.getByLabelText("Object")).toHaveValue("");
});

it("applies what was typed by Enter, and clears all by one link", async () => {
  const user = userEvent.setup();
  render(<Page start="/audit?actor=system&from=2026-03-01" />);
  expect(screen.getByLabelText("From")).toHaveValue("01.03.2026");
  expect(screen.getByLabelText("Who")).toHaveDisplayValue("System");
  await user.type(screen.getByLabelText("Object"), "ana@example.edu{Enter}");
  expect(address()).toBe("/audit?q=ana%40example.edu&actor=system&from=2026-03-01");
  expect(screen.getByRole("link", { name: "Clear" })).toHaveAttribute("href", "/audit");
});

it("shows an actor who is not in its list", () => {
  render(<Page start="/audit?actor=api_key.12" />);
  expect(screen.getByLabelText("Who")).toHaveDisplayValue("api_key.12");
});
