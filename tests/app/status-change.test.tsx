// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { ConfirmStatusPage } from "#app/(portal)/confirm-status-page.tsx";
import { changeView } from "#app/status-change.ts";
import { changeOrganizationsActive } from "#lib/organizations/commands/status.ts";
import { changeOrganizationsTags } from "#lib/organizations/commands/tags.ts";
import { operator } from "#tests/support/builders.ts";
import { useFreshDatabase } from "#tests/support/database.ts";

useFreshDatabase();

const idsUpTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const TOO_MANY = { ok: false, code: "too_many", message: "At most 100,000 at once. Choose fewer." };

it("refuses the status and the tags of more than 100,000 organizations", async () => {
  const ids = idsUpTo(100_001);
  expect(await changeOrganizationsActive(ids, false, operator, "status")).toMatchObject(TOO_MANY);
  const tags = { to: "add", tags: ["faculty:arts"] } as const;
  expect(await changeOrganizationsTags(ids, tags, operator, "tags")).toMatchObject(TOO_MANY);
  const most = idsUpTo(100_000);
  expect(await changeOrganizationsActive(most, false, operator, "most")).toMatchObject({ ok: true });
});

it("refuses them in place of the question, in the dialog and on its page", async () => {
  const change = () => Promise.reject(new Error("nothing may change"));
  const rows = (total: number) => ({ changing: [1], total });
  expect(await changeView({ to: "deactivate" }, rows(100_001), change)).toMatchObject(TOO_MANY);
  expect(await changeView({ to: "deactivate" }, rows(100_000), change)).toMatchObject({
    ok: true,
    value: { question: { changes: 1, total: 100_000 } },
  });
  render(
    <ConfirmStatusPage
      question={{ to: "deactivate", view: "", ids: [], back: "/organizations" }}
      changing={[1]}
      total={100_001}
      names={["Faculty of Law"]}
      one="organization"
      many="organizations"
      meaning={null}
      action={change}
    />,
  );
  expect(screen.getByRole("alert")).toHaveTextContent(
    "At most 100,000 at once. Narrow the view and do it in parts.",
  );
  expect(screen.queryByRole("button")).toBeNull();
});
