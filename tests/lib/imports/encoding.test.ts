import { describe, expect, it, test } from "vitest";
import { decodeText, undoDoubleEncoding } from "#lib/imports/encoding.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const utf16 = (text: string, bigEndian: boolean) => {
  const buffer = Buffer.from(`\uFEFF${text}`, "utf16le");
  return bigEndian ? buffer.swap16() : buffer;
};

describe("the text of a file", () => {
  test.each([
    ["UTF-8", Buffer.from("name\nÉcole 東京"), "name\nÉcole 東京", "utf-8"],
    ["UTF-8 with a byte order mark", Buffer.from("\uFEFFname"), "name", "utf-8"],
    [
      "UTF-16, little end first",
      utf16("name\tcode\r\nÉcole\tE", false),
      "name\tcode\r\nÉcole\tE",
      "utf-16le",
    ],
    ["UTF-16, big end first", utf16("Ünï", true), "Ünï", "utf-16be"],
    // "Zürich – “A”" as Excel's plain CSV has it.
    [
      "Windows-1252",
      bytes(0x5a, 0xfc, 0x72, 0x69, 0x63, 0x68, 0x20, 0x96, 0x20, 0x93, 0x41, 0x94),
      "Zürich – “A”",
      "windows-1252",
    ],
    ["nothing", bytes(), "", "utf-8"],
  ])("may be %s", (_, file, text, encoding) => {
    const decoded = decodeText(file);
    expect(decoded).toMatchObject({ ok: true, encoding });
    expect(decoded.ok && Buffer.from(decoded.utf8).toString()).toBe(text);
  });

  test.each([
    ["UTF-16 without its second half", bytes(0xff, 0xfe, 0x41, 0xd8), 1],
    ["a zero byte", Buffer.from("a\nb\nc\0"), 3],
    // 0x81 has no meaning in Windows-1252.
    ["an unknown encoding", Buffer.concat([Buffer.from("a\nb"), bytes(0x81, 0xff)]), 2],
    ["control characters", bytes(0x41, 0xff, 0x01), 1],
  ])("is refused with its line for %s", (_, file, line) => {
    const read = decodeText(file);
    expect(read).toMatchObject({ ok: false, line });
    // The report has the line beside the message.
    expect(read).toMatchObject({ message: expect.not.stringMatching(/\bline \d/i) });
  });
});

describe("text that was UTF-8 and read as Windows-1252", () => {
  test.each([
    ["FakultÃ¤t", "Fakultät"],
    ["Ã‰cole", "École"],
    ["Universitâ€™s", "Universit’s"],
    ["æ\u009D±äº¬", "東京"],
    ["Fakultät", null],
    ["École", null],
    ["São Paulo", null],
    ["plain", null],
    ["東京", null],
  ])("%s was %s", (text, once) => {
    expect(undoDoubleEncoding(text)).toBe(once);
  });

  it("is found for each letter that Windows-1252 can carry", () => {
    for (const letter of "äöüßéèêñçøåŠž€–’“”") {
      const twice = new TextDecoder("windows-1252").decode(Buffer.from(`a${letter}b`));
      expect(undoDoubleEncoding(twice)).toBe(`a${letter}b`);
    }
  });
});
