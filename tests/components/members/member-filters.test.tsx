// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { MemberFilters, MembershipFilters } from "#components/members/member-filters.tsx";
import { OrganizationFilters } from "#components/organizations/organization-filters.tsx";
import { membershipsSearchParams, membersSearchParams } from "#lib/members/search-params.ts";
import { organizationsSearchParams } from "#lib/organizations/search-params.ts";
import { SlowPages } from "#tests/support/slow-pages.tsx";

function show(start: string) {
  const answers: (() => void)[] = [];
  render(
    <SlowPages start={start} answers={answers}>
      {({ pathname, searchParams }) =>
        pathname === "/members" ? (
          <MemberFilters view={membersSearchParams.decode(searchParams)} />
        ) : pathname === "/organizations" ? (
          <OrganizationFilters
            view={organizationsSearchParams.decode(searchParams)}
            creditTypes={[{ id: 3, name: "SGD Credits" }]}
            hasTags
            lookCookie="look"
          />
        ) : (
          <MembershipFilters view={membershipsSearchParams.decode(searchParams)} path={pathname} />
        )
      }
    </SlowPages>,
  );
  const answer = () => {
    for (const one of answers.splice(0)) one();
  };
  return { answer, user: userEvent.setup() };
}

const address = () => screen.getByRole("status").textContent?.split(" ").at(-1);
const choose = async (user: ReturnType<typeof userEvent.setup>, label: string, option: string) => {
  await user.selectOptions(screen.getByLabelText(label), option);
  expect(screen.getByLabelText(label)).toHaveDisplayValue(option);
};

it("people: the next choice builds on the one before, also when no answer has come", async () => {
  const { answer, user } = show("/members?page=2");
  await choose(user, "Role", "Admin");
  await choose(user, "Status", "Active");
  await user.type(screen.getByLabelText("Organization"), "ENG{Enter}");
  await choose(user, "Sort", "Most spent");
  await user.type(screen.getByLabelText("Search members"), "ana");
  answer();
  await expect.poll(address).toBe("/members?organization=ENG&role=admin&status=active&sort=-spent");
  expect(screen.getByLabelText("Search members")).toHaveValue("ana");
  expect(screen.getByLabelText("Organization")).toHaveValue("ENG");
  await expect
    .poll(() => {
      answer();
      return address();
    })
    .toBe("/members?q=ana&organization=ENG&role=admin&status=active&sort=-spent");
});

it("people: the field keeps the focus when its answer comes, and what is typed in it since", async () => {
  const { answer, user } = show("/members");
  const field = screen.getByLabelText("Organization");
  await user.type(field, "ENG{Enter}");
  await user.type(field, "2");
  answer();
  await expect.poll(address).toBe("/members?organization=ENG");
  expect(field).toHaveFocus();
  expect(field).toHaveValue("ENG2");
});

it("members of an organization: the next choice builds on the one before", async () => {
  const { answer, user } = show("/organizations/ENG/members");
  await choose(user, "Role", "Admin");
  await choose(user, "Allowance used", "80% or more used");
  answer();
  await expect.poll(address).toBe("/organizations/ENG/members?role=admin&used=80");
});

it("organizations: the next choice builds on the one before", async () => {
  const { answer, user } = show("/organizations?view=table&page=2");
  await choose(user, "Credit type", "SGD Credits");
  expect(screen.getByRole("link", { name: "Cards" })).toHaveAttribute("href", "/organizations?type=3");
  await user.type(screen.getByLabelText("Tag"), "faculty:arts{Enter}");
  await user.type(screen.getByLabelText("Tag"), "site:lyon{Enter}");
  await choose(user, "Runway", "Runs out within 30 days");
  answer();
  await expect
    .poll(address)
    .toBe("/organizations?type=3&tag=faculty:arts&tag=site:lyon&runs-out=30&view=table");
});
