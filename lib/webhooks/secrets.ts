import { seal, unseal } from "#lib/portal-users/sealing.ts";

const PURPOSE = "webhook endpoint";

/** An endpoint's row. The instant of its creation belongs to it, because a removed endpoint's id may be used again. */
export type SealedRow = { id: number; createdAt: Date };

export type SealedColumn = "address" | "secret";

const boundTo = ({ id, createdAt }: SealedRow, column: SealedColumn) =>
  `webhook endpoint ${id} of ${createdAt.getTime()}, ${column}`;

/** Encrypts an address or a secret with a key that no backup contains. */
export const sealFor = (row: SealedRow, column: SealedColumn, text: string): string =>
  seal(text, PURPOSE, boundTo(row, column));

/** Decrypts what {@link sealFor} wrote; null if the portal's secret is another one. */
export const unsealFor = (row: SealedRow, column: SealedColumn, sealed: string): string | null =>
  unseal(sealed, PURPOSE, boundTo(row, column));
