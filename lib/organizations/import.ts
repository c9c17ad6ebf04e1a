import type { Reader } from "#db/client.ts";
import { creditTypes } from "#db/schema/index.ts";
import type { Actor } from "#lib/actor.ts";
import { type Importer, type ImportOptions, type ImportOutcome, importFile } from "#lib/imports/file.ts";
import { insertOrganizations } from "./commands.ts";
import { checkOrganizations, type ImportContext, type ImportRow } from "./import-rules.ts";
import { codeKey } from "./rules.ts";

function contextOf(reader: Reader): ImportContext {
  const taken = new Map(
    reader
      .all<{ key: string; name: string }>("SELECT code_key AS key, name FROM organizations")
      .map((row) => [row.key, row.name]),
  );
  return {
    creditTypes: reader
      .select({ id: creditTypes.id, name: creditTypes.name, archivedAt: creditTypes.archivedAt })
      .from(creditTypes)
      .all(),
    ownerOfCode: (key) => taken.get(key),
  };
}

export const organizationsImporter: Importer<ImportRow> = {
  check: (records, reader, onProgress) => checkOrganizations(records, contextOf(reader), onProgress),
  changedSince(tx, rows) {
    const context = contextOf(tx);
    const usable = new Set(context.creditTypes.filter((type) => !type.archivedAt).map((type) => type.id));
    return rows.flatMap(({ line, code, creditTypeId }) => {
      const owner = context.ownerOfCode(codeKey(code));
      if (owner !== undefined) return [{ line, message: `code: ${code} is taken by ${owner}.` }];
      if (!usable.has(creditTypeId)) return [{ line, message: "credit_type: It is no longer in use." }];
      return [];
    });
  },
  insert(tx, rows, actor, at) {
    insertOrganizations(tx, rows, actor, at);
  },
};

/** Imports a file of organizations whole or not at all. */
export function importOrganizationsFile(
  bytes: Uint8Array,
  actor: Actor,
  options?: ImportOptions,
): Promise<ImportOutcome> {
  return importFile(organizationsImporter, bytes, actor, options);
}
