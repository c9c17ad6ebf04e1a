// In a module of its own, because codecs of addresses also run in the browser, to which zod is not sent.

/** A row id as text: 1 and up, exact as a number. */
export const ROW_ID = /^[1-9]\d{0,14}$/;

/** The row id that a text is; null when it is none. */
export function readRowId(text: string): number | null {
  return ROW_ID.test(text) ? Number(text) : null;
}
