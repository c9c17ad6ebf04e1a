// @vitest-environment jsdom
import { act, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { usePolling } from "#components/ui/use-polling.ts";

let addresses: string[];
/** What the network answers next; an error is no answer. */
let answers: (object | Error)[];

beforeEach(() => {
  vi.useFakeTimers();
  addresses = [];
  answers = [];
  vi.stubGlobal("fetch", async (address: string) => {
    addresses.push(address);
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
  const callbackValues: unknown[] = [];
  const { unmount } = render(<Poll take={(answer) => void callbackValues.push(answer)} />);
  await pass(299);
  expect(addresses).toEqual([]);
  await pass(1);
  expect(addresses).toEqual(["/progress"]);
  await pass(600);
  expect(addresses).toHaveLength(3);
  expect(callbackValues).toEqual([{ done: 1 }, { done: 2 }]);
  unmount();
  await pass(3_000);
  expect(addresses).toHaveLength(3);
});

it("stops when told to, calls what the last render gave, and starts again for another subject", async () => {
  answers = [{ status: "checking" }, { status: "ready" }, { status: "importing" }];
  const callbackValues: string[] = [];
  const take = (name: string, word: "stop" | undefined) => (answer: unknown) => {
    callbackValues.push(`${name} ${JSON.stringify(answer)}`);
    return word;
  };
  const { rerender } = render(<Poll subject="checking" take={take("first", undefined)} />);
  await pass(300);
  rerender(<Poll subject="checking" take={take("second", "stop")} />);
  await pass(3_000);
  expect(callbackValues).toEqual(['first {"status":"checking"}', 'second {"status":"ready"}']);
  rerender(<Poll subject="importing" take={take("third", "stop")} />);
  await pass(3_000);
  expect(callbackValues.slice(2)).toEqual(['third {"status":"importing"}']);
});
