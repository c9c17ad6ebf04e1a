import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  characters,
  findInvisible,
  foldForSearch,
  foldForUniqueness,
  repairWindows1252,
  searchWords,
  tidyName,
  trimUnseen,
} from "#lib/text.ts";

/** What normalization, folding and trimming treat specially: spaces, marks, and letters that change their number. */
const special = fc.constantFrom(
  ...[" ", "\t", "\u00A0", "\u0301", "\u0300", "\u0308", "\u0327", "\u0345", "\u3099", "\u200D"],
  ...["a", "'", "´", "΅", "ß", "ẞ", "İ", "Σ", "ſ", "ŉ", "ﬃ", "ͺ", "ᾳ", "ΐ", "ｶ", "ﾞ", "한", "ᄀ", "ᅡ"],
);
/** Any text at all, lone surrogates left out. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: special, maxLength: 8 }),
);
/** Every assigned character outside the scripts whose tens of thousands have neither case nor accents. */
const everyCharacter = Array.from({ length: 0x20000 }, (_, point) => String.fromCodePoint(point)).filter(
  (letter) => !/[\p{C}\p{Script=Han}\p{Script=Hangul}\p{Script=Tangut}]/u.test(letter),
);

describe("searchWords", () => {
  test.each<[string, string[]]>([
    ["  École  Normale ", ["ecole", "normale"]],
    ["edu edu EDU", ["edu"]],
    ["e ed example.edu du", ["example.edu"]],
    ["a b c d e f g h i j", ["a", "b", "c", "d", "e", "f", "g", "h"]],
    [" ", []],
  ])("of %j are %j", (q, words) => {
    expect(searchWords(q)).toEqual(words);
  });
});

describe("foldForSearch", () => {
  test.each([
    ["École", "ECOLE"],
    ["École", "e\u0301cole"],
    ["Universidad Técnica", "universidad tecnica"],
    ["STRASSE", "straße"],
    ["STRAẞE", "strasse"],
    ["Łódź", "lodz"],
    ["København", "KØBENHAVN"],
    ["Kobenhavn", "København"],
    ["Ægir", "aegir"],
    ["Σίσυφος", "ΣΊΣΥΦΟΣ"],
    ["İstanbul", "istanbul"],
    ["Iğdır", "IGDIR"],
    ["Москва", "МОСКВА"],
    ["Йошкар", "ЙОШКАР"],
    ["ＡＢＣ　１２３", "abc 123"],
    ["ﬁne", "FINE"],
    ["Hawai‘i", "hawai'i"],
    ["Hawai´i", "hawai'i"],
    ["\u0301Okina", " \u0301okina"],
    ["O’Brien", "o'brien"],
    ["Paris–Sud", "paris-sud"],
    ["  a \t b\u00A0\u3000c ", "a b c"],
    ["ნინო", "ᲜᲘᲜᲝ"],
  ])("%s meets %s", (one, other) => {
    expect(foldForSearch(one)).toBe(foldForSearch(other));
  });

  test.each([
    ["ΟΔΟΣ", "οδοσ"],
    ["οδος", "οδοσ"],
    ["Þór", "thor"],
    ["«École»", '"ecole"'],
    ["Đà Nẵng", "da nang"],
    ["  a \t b\u00A0\u3000c ", "a b c"],
  ])("%s becomes %s", (text, folded) => {
    expect(foldForSearch(text)).toBe(folded);
  });

  test("tells different words apart", () => {
    expect(foldForSearch("50%")).not.toBe(foldForSearch("50_"));
    expect(foldForSearch("東京")).not.toBe(foldForSearch("京都"));
  });

  test("every character folds to itself again, whatever its case or form was", () => {
    const faults = everyCharacter.filter((letter) => {
      const folded = foldForSearch(letter);
      return (
        foldForSearch(folded) !== folded ||
        foldForSearch(letter.normalize("NFD")) !== folded ||
        foldForSearch(letter.normalize("NFKC")) !== folded ||
        // Ancient Greek's iota below the letter is a mark in small letters and a letter in capitals.
        (!letter.normalize("NFD").includes("\u0345") &&
          (foldForSearch(letter.toUpperCase()) !== folded || foldForSearch(letter.toLowerCase()) !== folded))
      );
    });
    expect(faults).toEqual([]);
  });

  test("is stable for any text", () => {
    fc.assert(
      fc.property(text, (any) => {
        const folded = foldForSearch(any);
        expect(foldForSearch(folded)).toBe(folded);
        expect(foldForSearch(any.normalize("NFD"))).toBe(folded);
        expect(foldForSearch(`  ${any}\n`)).toBe(folded);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("foldForUniqueness", () => {
  test.each([
    ["MKT", "mkt"],
    ["MKT", " ＭＫＴ\u3000"],
    ["straße", "STRASSE"],
    ["STRAẞE", "straße"],
    ["É1", "e\u03011"],
    ["ΟΔΟΣ", "οδος"],
    ["ab", "a\u00ADb"],
    ["ab", "ab\uFE0F"],
    ["ab", "a\u200Db"],
  ])("%j is %j", (one, other) => {
    expect(foldForUniqueness(one)).toBe(foldForUniqueness(other));
  });

  test.each([
    ["ecole", "école"],
    ["a-b", "a_b"],
    ["o", "ø"],
    ["a b", "ab"],
  ])("%j is not %j", (one, other) => {
    expect(foldForUniqueness(one)).not.toBe(foldForUniqueness(other));
  });

  test("every character folds to itself again, whatever its case or form was", () => {
    const faults = everyCharacter.filter((letter) => {
      const folded = foldForUniqueness(letter);
      return (
        foldForUniqueness(folded) !== folded ||
        foldForUniqueness(letter.normalize("NFKD")) !== folded ||
        foldForUniqueness(letter.toUpperCase()) !== folded ||
        foldForUniqueness(letter.toLowerCase()) !== folded
      );
    });
    expect(faults).toEqual([]);
  });

  test("is stable for any text", () => {
    fc.assert(
      fc.property(text, (any) => {
        const folded = foldForUniqueness(any);
        expect(foldForUniqueness(folded)).toBe(folded);
        expect(foldForUniqueness(any.normalize("NFKD"))).toBe(folded);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("findInvisible", () => {
  test.each([
    ["a\u0000b", "U+0000"],
    ["a\tb", "U+0009"],
    ["a\nb", "U+000A"],
    ["a\u0085b", "U+0085"],
    ["a\u00ADb", "U+00AD"],
    ["a\u200Bb", "U+200B"],
    ["a\u200Eb", "U+200E"],
    ["a\u202Eb", "U+202E"],
    ["a\u2066b", "U+2066"],
    ["a\u2028b", "U+2028"],
    ["\uFEFFa", "U+FEFF"],
    ["a\u3164", "U+3164"],
    ["a\u200Db", "U+200D"],
    ["a\u200Cb", "U+200C"],
    ["ab\uFE0F", "U+FE0F"],
    ["A1\uFE0F", "U+FE0F"],
    ["a\uE000", "U+E000"],
    ["a\u{E0041}", "U+E0041"],
    ["a\u{E0100}", "U+E0100"],
    ["a\uD800", "U+D800"],
  ])("finds the one in %j", (name, point) => {
    expect(findInvisible(name)).toBe(point);
  });

  test.each([
    "Faculty of Arts",
    "École 東京 Москва",
    "Research 👩🏽‍🔬 ❤️ 👩‍❤️‍👩 🏳️‍🌈",
    "می\u200Cخواهم",
    "क्\u200Dष",
    "葛\u{E0100}城",
    "한국어",
    "עברית",
  ])("lets %j be", (name) => {
    expect(findInvisible(name)).toBeNull();
  });
});

describe("tidyName", () => {
  test.each(["½ Credit Unit", "ﬁne Arts", "Ⅳ. Faculty", "H₂O Lab", "ＡＢＣ"])(
    "keeps the letters of %s",
    (name) => {
      expect(tidyName(name)).toBe(name);
    },
  );

  test("keeps a name in one form, spaces single", () => {
    expect(tidyName("  e\u0301cole\u00A0\u3000 des  Arts ")).toBe("école des Arts");
  });

  test("has nothing to do a second time", () => {
    fc.assert(
      fc.property(text, (any) => {
        expect(tidyName(tidyName(any))).toBe(tidyName(any));
      }),
      { numRuns: 1_000 },
    );
  });
});

test("characters counts code points", () => {
  expect(characters("")).toBe(0);
  expect(characters("ecole")).toBe(5);
  expect(characters("école")).toBe(5);
  expect(characters("😀😀")).toBe(2);
});

describe("repairWindows1252", () => {
  test("gives a file misread as Latin-1 its quotes back", () => {
    expect(repairWindows1252("Saint Mary\u0092s \u0093A\u0094 \u0080")).toBe("Saint Mary’s “A” €");
  });

  test("leaves what Windows-1252 has no character for", () => {
    expect(repairWindows1252("\u0081\u008D\u008F\u0090\u009D")).toBe("\u0081\u008D\u008F\u0090\u009D");
  });

  test("agrees with the platform's own decoder", () => {
    const decoder = new TextDecoder("windows-1252");
    for (let byte = 0x80; byte <= 0x9f; byte += 1) {
      expect(repairWindows1252(String.fromCharCode(byte))).toBe(decoder.decode(Uint8Array.of(byte)));
    }
  });
});

test("what is plain ASCII is treated as it would be among other letters", () => {
  const ascii = fc.string({ unit: "binary-ascii", maxLength: 40 }).filter((word) => word === word.trimEnd());
  fc.assert(
    fc.property(ascii, (word) => {
      expect(foldForUniqueness(word)).toBe(foldForUniqueness(`${word}ä`).slice(0, -1));
      expect(findInvisible(word)).toBe(findInvisible(`${word}ä`));
      expect(characters(word)).toBe(characters(`${word}ä`) - 1);
    }),
    { numRuns: 1_000 },
  );
});

describe("a text without what nobody sees at its ends", () => {
  test.each([
    [" plain\t\r\n", "plain", false],
    ["\u00A0no-break\u3000", "no-break", false],
    ["\uFEFFmark", "mark", true],
    ["\u200Bzero\u200Bwidth\u2060 ", "zero\u200Bwidth", true],
    ["\u202Eoverride\u202C", "override", true],
    ["\u00ADhyphen\u00AD", "hyphen", true],
    ["I \u2764\uFE0F", "I \u2764\uFE0F", false],
    ["\u{1F3F4}\u{E0067}\u{E0062}\u{E007F}", "\u{1F3F4}\u{E0067}\u{E0062}\u{E007F}", false],
    ["\u200B \uFEFF", "", true],
    ["", "", false],
  ])("%j is %j", (typed, text, hadInvisible) => {
    expect(trimUnseen(typed)).toEqual({ text, hadInvisible });
  });
});
