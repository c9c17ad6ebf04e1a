/**
 * A text of a file as one line of at most 200 characters, without line breaks and control characters. In a damaged file it
 * may be a number or bytes.
 */
export function oneLine(text: unknown): string {
  return String(text)
    .replace(/[\s\p{C}]+/gu, " ")
    .slice(0, 200);
}
