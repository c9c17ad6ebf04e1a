// @vitest-environment jsdom
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, test } from "vitest";
import { AllowanceBar } from "#components/members/allowance-bar.tsx";
import { AddMemberForm, EditMembershipForm } from "#components/members/member-forms.tsx";
import type { FormState } from "#lib/form-state.ts";

const credits = (whole: number) => BigInt(whole) * 1_000_000n;

/** The width of the coloured part; null where there is none. */
const filled = (container: HTMLElement) =>
  container.querySelectorAll("rect")[1]?.getAttribute("width") ?? null;

describe("this month's spend against the allowance", () => {
  test.each([
    [0n, credits(1000), "0 of 1,000", null],
    [credits(320), credits(1000), "320 of 1,000", "32%"],
    [1n, credits(1000), "0.000001 of 1,000", "1%"],
    [credits(1000), credits(1000), "1,000 of 1,000The allowance is used up", "100%"],
    [credits(1020), credits(1000), "1,020 of 1,00020 over the allowance", "100%"],
    [credits(5), 0n, "5 of 05 over the allowance", "100%"],
    [0n, 0n, "0 of 0Spending is blocked", null],
    [credits(-3), credits(10), "-3 of 10", null],
  ])("%s of %s reads %j", (spent, allowance, words, width) => {
    const { container } = render(<AllowanceBar spent={spent} allowance={allowance} />);
    expect(container.textContent).toBe(words);
    expect(filled(container)).toBe(width);
  });

  it("draws no bar where there is no limit", () => {
    const { container } = render(<AllowanceBar spent={credits(7)} allowance={null} />);
    expect(container.textContent).toBe("7 of no limit");
    expect(container.querySelector("svg")).toBeNull();
  });
});

describe("the forms", () => {
  const answering = (state: FormState) => {
    const sent: Record<string, string>[] = [];
    const action = async (_state: FormState, data: FormData) => {
      sent.push(Object.fromEntries([...data].map(([name, text]) => [name, String(text)])));
      return state;
    };
    return { sent, action };
  };

  it("sends what a membership is to be, and keeps it with the fault beside its field", async () => {
    const user = userEvent.setup();
    const { sent, action } = answering({
      values: { role: "admin", allowance: "own", monthlyAllowance: "1,00" },
      errors: { monthlyAllowance: "Enter a number, such as 1000 or 0.5." },
    });
    render(
      <EditMembershipForm
        membership={{
          id: 7,
          values: { role: "creator", allowance: "organization", monthlyAllowance: "" },
          organizationAllowance: "50 credits a month",
        }}
        back="/members/3"
        action={action}
      />,
    );
    expect(
      screen.getByRole("radio", { name: /^Organization default ?\(50 credits a month\)$/ }),
    ).toBeChecked();
    await user.selectOptions(screen.getByLabelText("Role"), "admin");
    await user.click(screen.getByRole("radio", { name: "Custom limit" }));
    await user.type(screen.getByLabelText("Monthly Allowance"), "1,00");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(sent).toEqual([
      {
        id: "7",
        back: "/members/3",
        original: '{"role":"creator","allowance":"organization","monthlyAllowance":""}',
        role: "admin",
        allowance: "own",
        monthlyAllowance: "1,00",
      },
    ]);
    expect(await screen.findByText("Enter a number, such as 1000 or 0.5.")).toBeVisible();
    expect(screen.getByLabelText("Monthly Allowance")).toHaveValue("1,00");
    expect(screen.getByLabelText("Monthly Allowance")).toBeInvalid();
    expect(screen.getByRole("radio", { name: "Custom limit" })).toBeChecked();
    expect(screen.getByLabelText("Role")).toHaveValue("admin");
  });

  it("closes its dialog when done, and shows an error of a hidden field over the form", async () => {
    const user = userEvent.setup();
    let closed = 0;
    const { sent, action } = answering({ finished: true });
    const organization = { code: "MKT", allowance: "no limit" };
    const props = { organization, back: "/members", onDone: () => closed++ };
    const { unmount } = render(<AddMemberForm {...props} action={action} />);
    expect(screen.queryByLabelText("Organization")).toBeNull();
    await user.type(screen.getByLabelText("Name"), "Ana");
    await user.type(screen.getByLabelText("Email"), "ana@example.edu");
    await user.click(screen.getByRole("button", { name: "Add member" }));
    expect(sent[0]).toMatchObject({ organization: "MKT", stay: "1", allowance: "organization" });
    await waitFor(() => expect(closed).toBe(1));
    unmount();

    const refusing = answering({ errors: { organization: "There is no organization with the code MKT." } });
    render(<AddMemberForm {...props} action={refusing.action} />);
    await user.type(screen.getByLabelText("Name"), "Ana");
    await user.type(screen.getByLabelText("Email"), "ana@example.edu");
    await user.click(screen.getByRole("button", { name: "Add member" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("There is no organization with the code MKT.");
    expect(closed).toBe(1);
  });
});
