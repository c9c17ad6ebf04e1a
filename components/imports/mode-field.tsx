import { IMPORT_MODE_NAMES, IMPORT_MODES, type ImportMode } from "#lib/imports/rules.ts";

/** Chooses what an import does with the rows of its file. */
export function ModeField({ defaultValue }: { defaultValue: ImportMode }) {
  return (
    <fieldset className="grid gap-1.5">
      <legend className="mb-1 font-medium">What to do with the rows</legend>
      {IMPORT_MODES.map((mode) => (
        <label key={mode} className="flex items-center gap-2">
          <input
            type="radio"
            name="mode"
            value={mode}
            defaultChecked={mode === defaultValue}
            className="size-4 accent-accent"
          />
          {IMPORT_MODE_NAMES[mode]}
        </label>
      ))}
    </fieldset>
  );
}
