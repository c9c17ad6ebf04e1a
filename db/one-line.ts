/** Text from a file, which may be damaged, as one line: without line breaks and control characters, of 200 characters. */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{C}]+/gu, " ").slice(0, 200);
}
