/** The lists whose addresses can be saved; of an organization, its members and transactions. */
const LISTS =
  /^\/(?:alerts|organizations|members|transactions|audit|api-keys|organizations\/[^/]+\/(?:members|transactions))$/;

/** Whether a view of this path can be saved. */
export const isListPath = (path: string): boolean => LISTS.test(path);
