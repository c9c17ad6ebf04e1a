import { setImmediate as nextTurn } from "node:timers/promises";

/** Runs a generator to its value at once. */
export function atOnce<T>(pieces: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
  }
}

/** Runs a generator to its value. Other requests have their turn between its pieces. */
export async function inTurns<T>(pieces: Generator<undefined, T>): Promise<T> {
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return value;
    await nextTurn();
  }
}
