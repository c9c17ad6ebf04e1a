// @vitest-environment jsdom
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { SoftLink } from "#components/ui/soft-link.tsx";
import { SoftNavigation } from "#components/ui/soft-navigation.tsx";
import { SlowPages } from "#tests/support/slow-pages.tsx";

it("puts the focus on the content where a link removed a filter and itself", async () => {
  const answers: (() => void)[] = [];
  render(
    <SlowPages start="/transactions?tag=site:lyon" answers={answers}>
      {({ search }) => (
        <>
          <SoftNavigation />
          <main id="content" tabIndex={-1}>
            {search && (
              <SoftLink href="/transactions" scroll={false}>
                Clear
              </SoftLink>
            )}
          </main>
        </>
      )}
    </SlowPages>,
  );
  await userEvent.click(screen.getByRole("link", { name: "Clear" }));
  for (const answer of answers) answer();
  await expect.poll(() => screen.queryByRole("link")).toBeNull();
  await expect.poll(() => document.activeElement?.id).toBe("content");
});
