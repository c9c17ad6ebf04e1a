import { isUtf8 } from "node:buffer";

/** How the text of a file is encoded. */
export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

export type DecodedText =
  | { ok: true; utf8: Uint8Array; encoding: Encoding }
  | { ok: false; line: number; message: string };

const LF = 0x0a;
const UTF_8_MARK = [0xef, 0xbb, 0xbf];

/** The line of the first byte that is not UTF-8. */
function firstBadLine(bytes: Uint8Array): number {
  let line = 1;
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(LF, start);
    const stop = end === -1 ? bytes.length : end + 1;
    if (!isUtf8(bytes.subarray(start, stop))) return line;
    start = stop;
    line += 1;
  }
  return line;
}

function startsWith(bytes: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, index) => bytes[index] === byte);
}

/** The bytes that Windows-1252 leaves undefined: a text in another encoding has them, a text in this one does not. */
const UNDEFINED_IN_WINDOWS_1252 = /[\u0081\u008D\u008F\u0090\u009D]/;
const CONTROL = /[\u0000-\u0008\u000E-\u001F]/;

/**
 * Decodes a file as spreadsheet programs write it: UTF-8 with or without a byte order mark, UTF-16 with one (Excel's
 * "Unicode Text"), or else Windows-1252 (the WHATWG Encoding Standard's), which Excel's plain "CSV" is in Western Europe.
 * The answer is the text in UTF-8, without the byte order mark. A file in UTF-8 is not copied, because it may have 32 MB.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const fault = (line: number, message: string): DecodedText => ({ ok: false, line, message });
  const utf16 = startsWith(bytes, [0xff, 0xfe])
    ? "utf-16le"
    : startsWith(bytes, [0xfe, 0xff])
      ? "utf-16be"
      : null;
  if (utf16) {
    try {
      const text = new TextDecoder(utf16, { fatal: true }).decode(bytes);
      return { ok: true, utf8: Buffer.from(text), encoding: utf16 };
    } catch {
      return fault(1, "The file begins as UTF-16 but is damaged. Save it as CSV UTF-8 and try again.");
    }
  }
  const zero = bytes.indexOf(0);
  if (zero !== -1) {
    let line = 1;
    for (let at = bytes.indexOf(LF); at !== -1 && at < zero; at = bytes.indexOf(LF, at + 1)) line += 1;
    return fault(line, "A zero byte shows that the file is not text. Save it as CSV UTF-8.");
  }
  if (isUtf8(bytes)) {
    const utf8 = startsWith(bytes, UTF_8_MARK) ? bytes.subarray(UTF_8_MARK.length) : bytes;
    return { ok: true, utf8, encoding: "utf-8" };
  }
  const text = new TextDecoder("windows-1252").decode(bytes);
  if (UNDEFINED_IN_WINDOWS_1252.test(text) || CONTROL.test(text)) {
    const line = firstBadLine(bytes);
    return fault(line, "The text is not UTF-8. Save the file as CSV UTF-8 and try again.");
  }
  return { ok: true, utf8: Buffer.from(text), encoding: "windows-1252" };
}

/** The bytes 0x80 to 0x9F of Windows-1252 by the characters that they are. */
const WINDOWS_1252_BYTES = new Map(
  [
    ...new TextDecoder("windows-1252").decode(Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index)),
  ].map((letter, index) => [letter, 0x80 + index]),
);

/**
 * The text before its UTF-8 bytes were read as Windows-1252: "FakultÃ¤t" was "Fakultät".
 * @returns null when the text does not look like that
 */
export function undoDoubleEncoding(text: string): string | null {
  // A character of several bytes begins with one of these.
  if (!/[\u00C2-\u00F4]/.test(text)) return null;
  const bytes: number[] = [];
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    const byte = WINDOWS_1252_BYTES.get(letter) ?? code;
    if (byte > 0xff) return null;
    bytes.push(byte);
  }
  const once = Uint8Array.from(bytes);
  return isUtf8(once) ? new TextDecoder().decode(once) : null;
}
