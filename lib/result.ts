/** What a command answers: the value, or a refusal that names the field at fault where there is one. */
export type Result<T, Field extends string = string> = { ok: true; value: T } | Refused<Field>;

/**
 * A refusal: `code` is stable, `message` is shown to the person. `current` are the values that a stale edit did not
 * know.
 */
export type Refused<Field extends string = string> = {
  ok: false;
  code: string;
  message: string;
  field?: Field;
  current?: Record<string, string>;
};

export function done<T>(value: T): { ok: true; value: T } {
  return { ok: true, value };
}

export function refused<Field extends string>(code: string, message: string, field?: Field): Refused<Field> {
  return field === undefined ? { ok: false, code, message } : { ok: false, code, message, field };
}
