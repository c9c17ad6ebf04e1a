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

/** Where the links of an entry about this subject lead. */
function hrefs(subject: Partial<AuditItem["subject"]>, mayOpenSettings: boolean) {
  const item = { ...ITEM, subject: { ...ITEM.subject, ...subject } };
  const { container } = render(
    <AuditList items={[item]} calendar={CALENDAR} showSubject mayOpenSettings={mayOpenSettings} />,
  );
  return [...container.querySelectorAll("a")].map((link) => link.getAttribute("href"));
}

it.each(["portal_user", "grant"])("leads from a %s to the person, on whatever page of the list", (kind) => {
  expect(hrefs({ kind }, true)).toEqual(["/settings/users?q=ana%2B1%40example.edu"]);
  expect(hrefs({ kind }, false)).toEqual([]);
});

it("leads from a credit type to its page", () => {
  expect(hrefs({ kind: "credit_type", id: 3, label: "SGD Credits" }, false)).toEqual(["/credit-types/3"]);
});
