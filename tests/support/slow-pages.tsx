import { AppRouterContext } from "next/dist/shared/lib/app-router-context.shared-runtime";
import { type ReactNode, startTransition, useState } from "react";

/**
 * A page that follows the addresses it is sent to as from a slow server: each comes when the test calls its function in
 * `answers`.
 */
export function SlowPages({
  start,
  answers,
  children,
}: {
  start: string;
  answers: (() => void)[];
  children: (here: URL) => ReactNode;
}) {
  const [history, setHistory] = useState([start]);
  const push = (href: string) =>
    startTransition(async () => {
      await new Promise<void>((resolve) => answers.push(resolve));
      startTransition(() => setHistory((known) => [...known, href]));
    });
  const ignore = () => {};
  const router = {
    push,
    replace: push,
    back: ignore,
    forward: ignore,
    refresh: ignore,
    prefetch: ignore,
    hmrRefresh: ignore,
    bfcacheId: "",
  };
  return (
    <AppRouterContext.Provider value={router}>
      {children(new URL(history.at(-1) ?? "", "http://portal.invalid"))}
      <button type="button" onClick={() => setHistory((known) => known.slice(0, -1))}>
        Back
      </button>
      <output>{history.join(" ")}</output>
    </AppRouterContext.Provider>
  );
}
