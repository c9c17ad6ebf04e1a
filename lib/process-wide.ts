type Holder = Record<symbol, { value: unknown } | undefined>;

/**
 * The one value of this name in the process: made at the first call, the same for every later one.
 *
 * Next bundles a module once for each of its module graphs (pages, route handlers, instrumentation), so a `const` of a
 * module exists several times in one process. The rule: what must be one in the process (an open handle, a queue, a
 * limit, a counter) is held here; what may be computed again in each copy (a constant, a compiled expression) is not.
 * Nothing else of ours writes to `globalThis`. Worker threads have a `globalThis` of their own.
 *
 * @param name unique in the project: the module's path without its ending, e.g. "lib/rate-limit"
 */
export function processWide<T>(name: string, create: () => T): T {
  const holder = globalThis as Holder;
  const key = Symbol.for(`bursar:${name}`);
  holder[key] ??= { value: create() };
  return holder[key].value as T;
}
