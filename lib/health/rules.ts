export const HOUR_MS = 3_600_000;

/** "5 minutes", "26 hours", "8 days": how long ago something was, rounded down. */
export function ageText(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  const amount = (count: number, unit: string) => `${count} ${unit}${count === 1 ? "" : "s"}`;
  if (minutes < 60) return amount(minutes, "minute");
  const hours = Math.floor(minutes / 60);
  return hours < 72 ? amount(hours, "hour") : amount(Math.floor(hours / 24), "day");
}
