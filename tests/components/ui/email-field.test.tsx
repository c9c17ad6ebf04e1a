// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { AddMemberForm } from "#components/members/member-forms.tsx";
import { SignInForm } from "#components/portal-users/credentials-forms.tsx";
import { InviteForm } from "#components/portal-users/portal-user-forms.tsx";

const EMAIL = "zoë@exämple.edu";
const action = async () => ({});

const email = () => screen.getByLabelText<HTMLInputElement>("Email");

describe("an address with letters of another script", () => {
  it.each([
    ["a member", <AddMemberForm key="member" organization={null} action={action} back="/members" />],
    ["a sign-in", <SignInForm key="sign-in" callbackUrl="/" action={action} />],
    ["an invitation", <InviteForm key="invitation" action={action} />],
  ])("passes the browser's own check and stays as it was typed: %s", (_, form) => {
    render(form);
    email().value = EMAIL;
    expect(email().validity.valid).toBe(true);
    expect(email().value).toBe(EMAIL);
    expect(email().inputMode).toBe("email");
  });
});
