/** The rows that a list's bar has sent to a page: some of them by their ids, or all of a view. */
export type Selection = {
  ids: readonly number[];
  /** Instead of the ids: the query string of the view. */
  view: string | null;
  /** The list that they were selected in. */
  back: string;
};

/** The parameters of a selection, as the form of a list's bar sends them. */
export function selectionParams({ ids, view, back }: Selection): [name: string, value: string][] {
  const rows: [string, string][] =
    view === null
      ? ids.map((id) => ["id", String(id)])
      : [
          ["all", "1"],
          ["view", view],
        ];
  return [...rows, ["back", back]];
}

/** The address of a page that changes a selection. */
export function bulkHref(path: string, selection: Selection, params: Record<string, string>): string {
  return `${path}?${new URLSearchParams([...selectionParams(selection), ...Object.entries(params)])}`;
}
