import type { Random } from "./faults.ts";

/** Texts that often reveal a fault. */
const ODD = [
  "",
  " ",
  "\t\r\n",
  "\0",
  "null",
  "undefined",
  "NaN",
  "Infinity",
  "-0",
  "0",
  "1",
  "-1",
  "1.5",
  "0.000001",
  "0.0000001",
  "1e3",
  "1e999",
  "1,000",
  "٣",
  "1000000000000",
  "1000000000001",
  "9223372036854775807",
  "9223372036854775808",
  "99999999999999999999999999999999",
  "true",
  "[]",
  "{}",
  "__proto__",
  "constructor",
  "toString",
  "$ACTION_REF_1",
  "'; DROP TABLE members; --",
  '" OR ""="',
  "%",
  "_",
  "%00",
  "%E0%A4%A",
  "\\",
  "../../etc/passwd",
  "<script>alert(1)</script>",
  "=1+1",
  "LAW",
  "law",
  "ana@example.edu",
  "@",
  "a@b",
  "École",
  "ÉCOLE",
  "ﬃ",
  "İ",
  "straße",
  "\u202Eevil",
  "\u200B",
  "\uFEFF",
  "\uFFFF",
  "\uD800",
  "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}",
  "e\u0301".repeat(40),
  "2026-11-23",
  "2026-02-30",
  "2026-11-23T10:00:00Z",
  "2026-11-23T24:00:00+99:99",
  "+275760-09-13T00:00:00.001Z",
  "0000-00-00",
  "a".repeat(300),
  "ä".repeat(5_000),
] as const;

export type Fuzz = ReturnType<typeof createFuzz>;

/** Inputs that are almost valid, and inputs that are random. */
export function createFuzz(random: Random) {
  function character(): string {
    return random.chance(0.7)
      ? String.fromCharCode(32 + random.below(95))
      : String.fromCharCode(random.below(0x10000));
  }

  /** Inserts, removes or changes some characters. */
  function mangle(text: string): string {
    let mangled = text;
    for (let n = 1 + random.below(4); n > 0; n -= 1) {
      const at = random.below(mangled.length + 1);
      mangled = mangled.slice(0, at) + random.pick(["", character()]) + mangled.slice(at + random.below(3));
    }
    return mangled;
  }

  /** One piece again and again, which an expression or a loop of more than linear time would take seconds for. */
  function repeated(): string {
    const piece = random.chance(0.5) ? random.pick(ODD).slice(0, 20) : character() + character();
    const length = random.pick([100, 2_000, 20_000]);
    return piece.repeat(Math.ceil(length / Math.max(1, piece.length))) + random.pick(["", "!", character()]);
  }

  /** A text that fits into an address or a header. */
  function text(): string {
    if (random.chance(0.6)) return random.pick(ODD);
    if (random.chance(0.5)) return mangle(random.pick(ODD));
    return Array.from({ length: random.below(30) }, character).join("");
  }

  /** A text for a body. */
  function bodyText(): string {
    return random.chance(0.03) ? repeated() : text();
  }

  function json(depth = 0): unknown {
    const kind = random.below(depth > 4 ? 5 : 8);
    if (kind === 0) return null;
    if (kind === 1) return random.chance(0.5);
    if (kind === 2) return random.pick([0, -0, 1, -1, 0.1, 1e21, 1e-7, 2 ** 53, Number.MAX_VALUE, 4.7]);
    if (kind < 5) return bodyText();
    if (kind === 5) return Array.from({ length: random.below(4) }, () => json(depth + 1));
    return Object.fromEntries(Array.from({ length: random.below(4) }, () => [text(), json(depth + 1)]));
  }

  /** An object with some of its fields replaced, left out or added. */
  function mutated(object: Record<string, unknown>): Record<string, unknown> {
    const entries = Object.entries(object).flatMap(([name, value]): [string, unknown][] => {
      if (random.chance(0.1)) return [];
      return [[name, random.chance(0.2) ? (random.chance(0.5) ? bodyText() : json()) : value]];
    });
    if (random.chance(0.1)) entries.push([text(), json()]);
    // Unlike an assignment, this makes a field of any name, "__proto__" too.
    return Object.fromEntries(entries);
  }

  /** A body's text as bytes: as it is, mangled, in another encoding, or random. */
  function bytes(body: string): Uint8Array {
    const kind = random.below(25);
    if (kind === 0) return Buffer.from(mangle(body));
    if (kind === 1) return Buffer.from(body, "latin1");
    if (kind === 2) return Buffer.from(body, "utf16le");
    if (kind === 3) return Buffer.from(body).subarray(0, random.below(body.length + 1));
    if (kind === 4) return Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)));
    return Buffer.from(body);
  }

  /** A query of these names and of others, well and badly encoded. */
  function query(names: readonly string[]): string {
    return Array.from({ length: random.below(6) }, () => {
      const name = random.chance(0.9) && names.length > 0 ? random.pick(names) : text();
      const raw = random.chance(0.1);
      // The first line of a request may have only these characters.
      const encoded = (plainText: string) =>
        raw ? plainText.replace(/[^!-~]|#/g, "%") : encodeURIComponent(plainText.toWellFormed());
      return `${encoded(name)}=${encoded(text())}`;
    }).join("&");
  }

  /** A file with these columns, with faults in its cells, rows and quotation. */
  function csv(columns: readonly string[], cell: (column: string) => string): string {
    const header = columns
      .filter(() => random.chance(0.97))
      .map((name) => (random.chance(0.03) ? text() : name));
    const quoted = (plainText: string) =>
      random.chance(0.1)
        ? plainText
        : `"${random.chance(0.05) ? plainText : plainText.replaceAll('"', '""')}"`;
    const rows = Array.from({ length: random.below(12) }, () =>
      header
        .map((name) => quoted(random.chance(0.2) ? bodyText() : cell(name)))
        .join(random.chance(0.02) ? ";" : ","),
    );
    return [header.join(","), ...rows].join(random.pick(["\n", "\r\n", "\r", "\n\n"]));
  }

  return { text, bodyText, json, mangle, mutated, bytes, query, csv };
}
