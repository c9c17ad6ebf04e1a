import { type Database, database } from "#db/client.ts";

/** What a search asks for: every word, folded, must be in the name or the code, anywhere. */
export type Search = {
  words: readonly string[];
  /** A credit type's id, or null for all. */
  type: number | null;
  status: "all" | "active" | "inactive";
};

/** Under the words and the credit type: how many there are, and the ids of those that also have the status. */
export type Found = { readonly all: number; readonly active: number; readonly ids: readonly number[] };

type Row = [id: number, searchText: string, active: number, creditTypeId: number, createdAt: number];

/** Stands between two organizations' texts; no name, no code and no searched word has it. */
const END = "\0";
/** So many texts may have changed before all are joined anew. */
const MOST_CHANGED = 1_000;

/**
 * Every organization's search text in one string, which is looked through in a few milliseconds at 100,000
 * organizations, whatever the word: a trigram index is slower the commoner the word, and blind under three letters.
 */
type Texts = {
  /** The last audit entry that is in here: every change of an organization writes one in the same transaction. */
  auditId: number;
  ids: number[];
  active: boolean[];
  types: number[];
  created: number[];
  joined: string;
  /** Where each text of `joined` begins, and its end. */
  starts: number[];
  /** By position: texts that are newer than what is joined, or not in there yet. */
  changed: Map<number, string>;
  /** How often each letter stands in a sample of what is joined. */
  letters: Map<string, number>;
  /** What was looked for last, until an organization changes: its pages, tabs and orders ask for it again. */
  found: Map<string, Found>;
};

/** So many searches are kept. */
const MOST_FOUND = 8;

/** How many characters tell which letter and which word is rare. */
const SAMPLE = 100_000;

function sampleOf(joined: string): string {
  const middle = Math.max(0, (joined.length - SAMPLE) >> 1);
  return joined.slice(middle, middle + SAMPLE);
}

function countLetters(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  return counts;
}

function readTexts({ $client: sqlite }: Database, auditId: number): Texts {
  const rows = sqlite
    .prepare("SELECT id, search_text, active, credit_type_id, created_at FROM organizations ORDER BY id")
    .safeIntegers(false)
    .raw()
    .all() as Row[];
  const starts = [0];
  let end = 0;
  for (const [, text] of rows) {
    end += text.length + END.length;
    starts.push(end);
  }
  const joined = rows.map(([, text]) => text + END).join("");
  return {
    auditId,
    ids: rows.map(([id]) => id),
    active: rows.map(([, , active]) => active === 1),
    types: rows.map(([, , , type]) => type),
    created: rows.map(([, , , , created]) => created),
    joined,
    starts,
    changed: new Map(),
    letters: countLetters(sampleOf(joined)),
    found: new Map(),
  };
}

/** The first position whose value is not below `value`. */
function lowerBound(sorted: readonly number[], value: number, from = 0, to = sorted.length): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Brings what the audit speaks of since `texts` were read. */
function readChanges({ $client: sqlite }: Database, texts: Texts, auditId: number): void {
  const rows = sqlite
    .prepare(
      `SELECT id, search_text, active, credit_type_id, created_at FROM organizations WHERE id IN
         (SELECT subject_id FROM audit_entries WHERE id > ? AND subject_kind = 'organization') ORDER BY id`,
    )
    .safeIntegers(false)
    .raw()
    .all(texts.auditId) as Row[];
  for (const [id, text, active, type, created] of rows) {
    // Ids only grow, so that a new one belongs at the end.
    const position = lowerBound(texts.ids, id);
    texts.ids[position] = id;
    texts.active[position] = active === 1;
    texts.types[position] = type;
    texts.created[position] = created;
    texts.changed.set(position, text);
  }
  texts.auditId = auditId;
  if (rows.length > 0) texts.found.clear();
}

const kept = new WeakMap<Database, Texts>();

/** The texts as they were committed last. */
function currentTexts(db: Database): Texts {
  const end = db.get<{ id: bigint } | undefined>("SELECT last_id AS id FROM audit_end");
  const auditId = Number(end?.id ?? 0n);
  const known = kept.get(db);
  if (known && auditId === known.auditId) return known;
  if (known && auditId > known.auditId && auditId - known.auditId <= known.ids.length) {
    readChanges(db, known, auditId);
    if (known.changed.size <= MOST_CHANGED) return known;
  }
  const read = readTexts(db, auditId);
  kept.set(db, read);
  return read;
}

/** Words by how often they stand in a sample, for the first is looked for everywhere and the others only where it is. */
function rarestFirst(words: readonly string[], joined: string): string[] {
  if (words.length < 2) return [...words];
  const sample = sampleOf(joined);
  const often = new Map(words.map((word) => [word, sample.split(word).length]));
  return [...words].sort((a, b) => (often.get(a) ?? 0) - (often.get(b) ?? 0));
}

/** The longest text that V8 looks for by its first letter, with the processor's own search for a byte. */
const LONGEST_BY_LETTER = 6;

/** The part of a word that is found the fastest: it begins with the word's rarest letter. */
function anchorOf(word: string, letters: ReadonlyMap<string, number>): { anchor: string; offset: number } {
  let offset = 0;
  for (let at = 1; at < word.length - 1; at++) {
    if ((letters.get(word.charAt(at)) ?? 0) < (letters.get(word.charAt(offset)) ?? 0)) offset = at;
  }
  return { anchor: word.slice(offset, offset + LONGEST_BY_LETTER), offset };
}

/** Ids by when they were created, equal ones in the order of ids. */
export function byCreated(ids: readonly number[], newestFirst: boolean, db: Database = database()): number[] {
  const { ids: known, created } = currentTexts(db);
  const sign = newestFirst ? -1 : 1;
  return ids
    .map((id) => ({ id, at: created[lowerBound(known, id)] ?? 0 }))
    .sort((a, b) => sign * (a.at - b.at) || a.id - b.id)
    .map(({ id }) => id);
}

/** Finds the organizations that have every word. */
export function searchOrganizations(search: Search, db: Database = database()): Found {
  const texts = currentTexts(db);
  const name = JSON.stringify(search);
  const found = texts.found.get(name) ?? lookThrough(texts, search);
  texts.found.delete(name);
  texts.found.set(name, found);
  const oldest = texts.found.keys().next();
  if (texts.found.size > MOST_FOUND && !oldest.done) texts.found.delete(oldest.value);
  return found;
}

function lookThrough(texts: Texts, { words, type, status }: Search): Found {
  const found = { all: 0, active: 0, ids: [] as number[] };
  if (words.some((word) => word.includes(END))) return found;
  const { ids, active, types, joined, starts, changed, letters } = texts;
  const [first, ...others] = rarestFirst(words, joined);
  if (first === undefined) return found;
  const hasChanged = changed.size > 0;
  const hit = (position: number) => {
    if (type !== null && types[position] !== type) return;
    const isActive = active[position] === true;
    found.all += 1;
    if (isActive) found.active += 1;
    if (status === "all" || isActive === (status === "active")) found.ids.push(ids[position] ?? 0);
  };
  const hasOthers = (text: string) => others.every((word) => text.includes(word));

  const joinedCount = starts.length - 1;
  const { anchor, offset } = anchorOf(first, letters);
  let position = 0;
  for (let met = joined.indexOf(anchor); met >= 0; ) {
    const at = met - offset;
    if (!joined.startsWith(first, at)) {
      met = joined.indexOf(anchor, met + 1);
      continue;
    }
    // Hits lie close together or far apart: doubling steps find either quickly.
    let step = 1;
    while (position + step < joinedCount && (starts[position + step] ?? 0) <= at) {
      position += step;
      step *= 2;
    }
    const upTo = Math.min(position + step, joinedCount);
    position = lowerBound(starts, at + 1, position, upTo) - 1;
    const next = starts[position + 1] ?? joined.length;
    if (
      !(hasChanged && changed.has(position)) &&
      (others.length === 0 || hasOthers(joined.slice(starts[position], next)))
    ) {
      hit(position);
    }
    met = joined.indexOf(anchor, next + offset);
  }
  for (const [position, text] of changed) if (text.includes(first) && hasOthers(text)) hit(position);
  return found;
}
