import { readFileSync } from "node:fs";
import path from "node:path";
import { parseCsv } from "#lib/csv.ts";
import { repairWindows1252 } from "#lib/text.ts";

export type NamedOrganization = { name: string; code: string; creditType: string; active: boolean };

/** The units of a university; "" is the university itself. */
const UNITS = [
  ["", ""],
  ["Faculty of Law", "LAW"],
  ["School of Medicine", "MED"],
  ["Department of Physics", "PHY"],
  ["Department of Economics", "ECO"],
  ["Faculty of Education", "EDU"],
  ["School of Engineering", "ENG"],
  ["Department of Chemistry", "CHE"],
  ["Faculty of Arts", "ART"],
  ["Central Library", "LIB"],
  ["Department of Mathematics", "MAT"],
  ["School of Business", "BUS"],
  ["Office of Research", "RES"],
] as const;

/** The names of `count` organizations, from tests/data/universities.csv: first the universities, then their units. */
export function namedOrganizations(count: number): NamedOrganization[] {
  const parsed = parseCsv(readFileSync(path.join("tests", "data", "universities.csv")));
  if (!parsed.ok) throw new Error(parsed.fault.message);
  const universities = parsed.records
    .slice(1)
    .map(({ cells: [name = "", code = "", creditType = "", , status] }) => ({
      name: repairWindows1252(name),
      code,
      creditType,
      active: status === "active",
    }));
  return Array.from({ length: count }, (_, index) => {
    const university = universities[index % universities.length];
    const unit = UNITS[Math.floor(index / universities.length)];
    if (!university || !unit) throw new Error(`there are no ${count} names`);
    const [unitName, unitCode] = unit;
    if (unitName === "") return university;
    return {
      ...university,
      name: `${unitName}, ${university.name}`,
      code: `${university.code}--${unitCode}`,
    };
  });
}

const GIVEN =
  "Ana Bo Chidi Dolores Elif Farid Goran Hana Ines Jun Kofi Lena Mei Noor Oskar Priya Quang Rosa Sofía Tariq Uma Vera Wanjiru Ximena Yuki Zoë".split(
    " ",
  );
const FAMILY =
  "García Li Okafor Novák Yılmaz Haddad Petrović Sato Silva Kim Mensah Fischer Zhang Rahman Larsson Patel Nguyen Rossi Fernández Aziz Iyer Ivanova Kamau Torres Tanaka Müller O’Brien Kowalska".split(
    " ",
  );

/** The n-th person. */
export function person(n: number): { name: string; email: string } {
  const given = GIVEN[n % GIVEN.length] ?? "";
  const family = FAMILY[Math.floor(n / GIVEN.length) % FAMILY.length] ?? "";
  return { name: `${given} ${family}`, email: `person${n}@example.edu` };
}

export const APPLICATIONS = [
  "essay-coach",
  "code-tutor",
  "literature-review",
  "translation-desk",
  "lab-notebook",
  "grant-writer",
  "exam-builder",
  "meeting-minutes",
  "data-analyst",
  "admissions-assistant",
  "library-search",
  "image-studio",
] as const;
