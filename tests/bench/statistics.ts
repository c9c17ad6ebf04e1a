/** The quantile of the values, e.g. 0.5 for the median. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  if (value === undefined) throw new Error("there is nothing to measure");
  return value;
}

export const median = (values: readonly number[]) => quantile(values, 0.5);
