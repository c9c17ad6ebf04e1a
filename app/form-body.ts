import { UNREADABLE_FORM } from "#lib/form-state.ts";
import { readBytes } from "./read-bytes.ts";

/** As much as Next reads of a form. */
const FORM_MAX_BYTES = 1024 * 1024;

/**
 * Is this what React makes of the values that our pages send with a form: JSON, in which a text that begins with $
 * stands for something else? Another part of the body must be there (`has`).
 */
function isReply(
  text: unknown,
  has: (part: number) => boolean,
  fits: (value: unknown) => boolean = () => true,
): boolean {
  if (typeof text !== "string") return false;
  try {
    const value: unknown = JSON.parse(text, (_, inner) => {
      if (typeof inner !== "string" || !/^\$(?!\$|undefined$|K[0-9a-f]+$)/.test(inner)) return inner;
      const [, part] = /^\$@?([0-9a-f]+)$/.exec(inner) ?? [];
      if (part === undefined || !has(Number.parseInt(part, 16))) throw new SyntaxError("a part is missing");
      return inner;
    });
    return fits(value);
  } catch {
    return false;
  }
}

/** React's own fields around a form: an action that one names is there, its arguments are a list and all there. */
function areActionFieldsWhole(form: FormData): boolean {
  const part = (action: string, number: number) => form.get(`$ACTION_${action}:${number}`);
  const isPart = (action: string, value: unknown, fits?: (value: unknown) => boolean) =>
    isReply(value, (number) => part(action, number) !== null, fits);
  const isReference = (action: string) => (value: unknown) => {
    if (typeof value !== "object" || value === null || !("bound" in value)) return false;
    const [, list] = /^\$@(.*)$/.exec(String(value.bound)) ?? [];
    return list === undefined || isPart(action, part(action, Number.parseInt(list, 16)), Array.isArray);
  };
  for (const [name, value] of form) {
    const [, action] = /^\$ACTION_(\d+):\d+$/.exec(name) ?? [];
    if (action !== undefined && !isPart(action, value)) return false;
    const [, referred] = /^\$ACTION_REF_(.*)$/s.exec(name) ?? [];
    if (referred !== undefined && !isPart(referred, part(referred, 0), isReference(referred))) return false;
  }
  return true;
}

/** The arguments that a script calls an action with: the list is the part "0", other numbered parts belong to it. */
function areArgumentsWhole(parts: FormData): boolean {
  const has = (part: number) => parts.has(String(part));
  for (const [name, value] of parts) if (/^\d+$/.test(name) && !isReply(value, has)) return false;
  return isReply(parts.get("0"), has, Array.isArray);
}

async function isReadable(bytes: Uint8Array<ArrayBuffer>, type: string, isCall: boolean): Promise<boolean> {
  if (!/^multipart\/form-data\b/i.test(type)) {
    return !isCall || isReply(new TextDecoder().decode(bytes), () => false, Array.isArray);
  }
  try {
    const form = await new Response(bytes, { headers: { "Content-Type": type } }).formData();
    return isCall ? areArgumentsWhole(form) : areActionFieldsWhole(form);
  } catch {
    return false;
  }
}

/**
 * What to answer to a posted form or called action that is cut off, too large or not what a page of ours sends: Next
 * itself would answer with an error of 500. Null for what can be read.
 */
export async function refuseUnreadableForm(request: Request): Promise<Response | null> {
  const bytes = await readBytes(request, FORM_MAX_BYTES);
  if (!bytes) return new Response(`A form may have ${FORM_MAX_BYTES} bytes at most.`, { status: 413 });
  const type = request.headers.get("content-type") ?? "";
  const readable = await isReadable(bytes, type, request.headers.has("next-action"));
  return readable ? null : new Response(UNREADABLE_FORM, { status: 400 });
}
