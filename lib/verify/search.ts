import type Sqlite from "better-sqlite3";
import { emailKey } from "#lib/email.ts";
import { memberSearchColumns } from "#lib/members/rules.ts";
import { codeKey, searchColumns } from "#lib/organizations/rules.ts";
import { foldForUniqueness } from "#lib/text.ts";
import type { Fault } from "./report.ts";

type Derived = {
  table: string;
  label: string;
  columns: string[];
  keys: (row: Record<string, string>) => object;
};

/** Columns that are made from others, and how. */
const DERIVED: Derived[] = [
  {
    table: "organizations",
    label: "code",
    columns: ["name", "code", "name_key", "code_key", "search_text"],
    keys: ({ name = "", code = "" }) => {
      const { nameKey, searchText } = searchColumns(name, code);
      return { name_key: nameKey, search_text: searchText, code_key: codeKey(code) };
    },
  },
  {
    table: "members",
    label: "email",
    columns: ["name", "email", "name_key", "email_key", "search_text"],
    keys: ({ name = "", email = "" }) => {
      const { nameKey, searchText } = memberSearchColumns(name, email);
      return { name_key: nameKey, search_text: searchText, email_key: emailKey(email) };
    },
  },
  {
    table: "credit_types",
    label: "name",
    columns: ["name", "name_key"],
    keys: ({ name = "" }) => ({ name_key: foldForUniqueness(name) }),
  },
  {
    table: "applications",
    label: "name",
    columns: ["name", "name_key"],
    keys: ({ name = "" }) => ({ name_key: foldForUniqueness(name) }),
  },
];

/** Sort keys, unique keys and search texts are those of the names they were made from. */
export function checkDerivedColumns(sqlite: Sqlite.Database, fault: Fault): void {
  for (const { table, label, columns, keys } of DERIVED) {
    const rows = sqlite
      .prepare(`SELECT id, ${columns.join(", ")} FROM ${table} ORDER BY id`)
      .iterate() as IterableIterator<Record<string, string>>;
    for (const row of rows) {
      for (const [column, truth] of Object.entries(keys(row))) {
        if (row[column] !== truth) {
          fault(`${table} ${row.id} (${row[label]})`, `${column} does not belong to its name`);
        }
      }
    }
  }
  const unlike = sqlite
    .prepare(
      `SELECT m.id FROM memberships m JOIN members p ON p.id = m.member_id WHERE m.name_key IS NOT p.name_key`,
    )
    .iterate() as IterableIterator<{ id: bigint }>;
  for (const { id } of unlike) fault(`memberships ${id}`, "name_key is not its member's");
}

/**
 * The search index of `table` finds what is in the rows and nothing else. FTS5's own check would take the write lock,
 * so an index of the same kind is built in a temporary file, and both are read in order of their terms.
 */
export function checkSearchIndex(
  sqlite: Sqlite.Database,
  table: "organizations" | "members",
  fault: Fault,
): void {
  const index = `${table}_search`;
  sqlite.exec(`
    CREATE VIRTUAL TABLE temp.true_${index} USING fts5(search_text, content='', tokenize='trigram case_sensitive 1');
    INSERT INTO temp.true_${index}(rowid, search_text) SELECT id, search_text FROM main.${table};
    CREATE VIRTUAL TABLE temp.kept_terms USING fts5vocab('main', '${index}', 'instance');
    CREATE VIRTUAL TABLE temp.true_terms USING fts5vocab('temp', 'true_${index}', 'instance');
  `);
  try {
    // How often, in which rows and at which places: sums of each term, so that nothing has to be kept.
    const terms = (vocabulary: string) =>
      sqlite
        .prepare(
          `SELECT term, count(*) || ' ' || sum(doc) || ' ' || sum((doc % 1000003) * (offset + 1)) AS sums
           FROM temp.${vocabulary} GROUP BY term ORDER BY term`,
        )
        .iterate() as IterableIterator<Term>;
    for (const { term, kept, truth } of merged(terms("kept_terms"), terms("true_terms"))) {
      if (kept !== truth) fault(index, `the places of ${JSON.stringify(term)} are not those in ${table}`);
    }
  } finally {
    sqlite.exec(`DROP TABLE temp.kept_terms; DROP TABLE temp.true_terms; DROP TABLE temp.true_${index};`);
  }
}

type Term = { term: string; sums: string };

/** Two lists in order of their terms, side by side. */
function* merged(kept: Iterator<Term>, truth: Iterator<Term>) {
  const next = (terms: Iterator<Term>) => {
    const step = terms.next();
    return step.done ? null : step.value;
  };
  // As SQLite compares them: by bytes.
  const isBefore = (a: Term, b: Term) => Buffer.compare(Buffer.from(a.term), Buffer.from(b.term)) < 0;
  try {
    let one = next(kept);
    let two = next(truth);
    while (one || two) {
      if (one && (!two || isBefore(one, two))) {
        yield { term: one.term, kept: one.sums, truth: null };
        one = next(kept);
      } else if (two && (!one || isBefore(two, one))) {
        yield { term: two.term, kept: null, truth: two.sums };
        two = next(truth);
      } else if (one && two) {
        yield { term: one.term, kept: one.sums, truth: two.sums };
        one = next(kept);
        two = next(truth);
      }
    }
  } finally {
    // A statement that is still being read would keep its tables from being dropped.
    kept.return?.();
    truth.return?.();
  }
}
