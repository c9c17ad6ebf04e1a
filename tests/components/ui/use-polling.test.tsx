// @vitest-environment jsdom
import { act, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { usePolling } from "#components/ui/use-polling.ts";

let asked: string[];
/** What the network answers next; an error is no answer. */
let answers: (object | Error)[];

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  answers = [];
  vi.stubGlobal("fetch", async (address: string) => {
    asked.push(address);
    const answer = answers.shift() ?? {};
    if (answer instanceof Error) throw answer;
    return Response.json(answer);
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function Poll({ subject, take }: { subject?: string; take: (answer: unknown) => "stop" | undefined }) {
  usePolling("/progress", take, subject);
  return null;
}

const pass = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds));

it("asks again after each answer, and after none, until the component has gone", async () => {
  answers = [{ done: 1 }, new TypeError("no network"), { done: 2 }];
  const taken: unknown[] = [];
  const { unmount } = render(<Poll take={(answer) => void taken.push(answer)} />);
  await pass(299);
  expect(asked).toEqual([]);
  await pass(1);
  expect(asked).toEqual(["/progress"]);
  await pass(600);
  expect(asked).toHaveLength(3);
  expect(taken).toEqual([{ done: 1 }, { done: 2 }]);
  unmount();
  await pass(3_000);
  expect(asked).toHaveLength(3);
});

it("stops when told to, calls what the last render gave, and starts again for another subject", async () => {
  answers = [{ status: "checking" }, { status: "ready" }, { status: "importing" }];
  const taken: string[] = [];
  const take = (name: string, word: "stop" | undefined) => (answer: unknown) => {
    taken.push(`${name} ${JSON.stringify(answer)}`);
    return word;
  };
  const { rerender } = render(<Poll subject="checking" take={take("first", undefined)} />);
  await pass(300);
  rerender(<Poll subject="checking" take={take("second", "stop")} />);
  await pass(3_000);
  expect(taken).toEqual(['first {"status":"checking"}', 'second {"status":"ready"}']);
  rerender(<Poll subject="importing" take={take("third", "stop")} />);
  await pass(3_000);
  expect(taken.slice(2)).toEqual(['third {"status":"importing"}']);
});
