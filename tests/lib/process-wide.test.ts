import { expect, it, vi } from "vitest";
import { processWide } from "#lib/process-wide.ts";

it("makes one value for a name, also when the module is loaded again", async () => {
  const first = processWide("tests/a-queue", () => ({ waiting: 0 }));
  first.waiting += 1;

  vi.resetModules();
  const again = await import("#lib/process-wide.ts");

  expect(again.processWide).not.toBe(processWide);
  expect(again.processWide("tests/a-queue", () => ({ waiting: 0 }))).toBe(first);
  expect(first.waiting).toBe(1);
});

it("keeps names apart and remembers undefined as a value", () => {
  let calls = 0;
  const make = () => {
    calls += 1;
    return undefined;
  };
  processWide("tests/nothing", make);
  processWide("tests/nothing", make);
  expect(calls).toBe(1);
  expect(processWide("tests/other", () => "other")).toBe("other");
});
