// @vitest-environment jsdom
import { render } from "@testing-library/react";
import { expect, it } from "vitest";
import { AuditList } from "#components/audit/audit-list.tsx";
import type { AuditItem } from "#lib/audit/queries.ts";

const CALENDAR = { timeZone: "Asia/Singapore", dateFormat: "DD/MM/YYYY" } as const;

const ITEM: AuditItem = {
  id: 1,
  at: new Date(0),
  actorKind: "operator",
  actorId: null,
  actorLabel: "operator",
  address: null,
  action: "portal_user.role_changed",
  subject: { kind: "portal_user", id: 7, label: "ana+1@example.edu", name: null, organization: null },
  before: {},
  after: {},
};

it.each(["portal_user", "grant"] as const)("leads from a %s to the person in the list", (kind) => {
  const item: AuditItem = { ...ITEM, subject: { ...ITEM.subject, kind } };
  const { container } = render(<AuditList items={[item]} calendar={CALENDAR} showSubject mayOpenSettings />);
  expect(container.querySelector("a")?.getAttribute("href")).toBe("/settings/users?q=ana%2B1%40example.edu");
});

it("leads from a credit type to its page", () => {
  const subject = { ...ITEM.subject, kind: "credit_type", id: 3, label: "SGD Credits" } as const;
  const { container } = render(
    <AuditList items={[{ ...ITEM, subject }]} calendar={CALENDAR} showSubject mayOpenSettings={false} />,
  );
  expect(container.querySelector("a")?.getAttribute("href")).toBe("/credit-types/3");
});

it.each([
  [true, ["/settings/users?q=ana%2B1%40example.edu"]],
  [false, []],
])("leads to the portal user in the list, whatever page that is on: %s", (mayOpenSettings, hrefs) => {
  const { container } = render(
    <AuditList items={[ITEM]} calendar={CALENDAR} showSubject mayOpenSettings={mayOpenSettings} />,
  );
  expect([...container.querySelectorAll("a")].map((link) => link.getAttribute("href"))).toEqual(hrefs);
});
