/** The largest form, in bytes: as much as Next reads of one. */
export const FORM_MAX_BYTES = 1024 * 1024;

/** How many parts a form may have. Our largest, the choice of rows for a bulk change, has a few hundred. */
const PARTS_MAX = 1_000;
/** How long the header lines of one part may be, in bytes: its name, and the name of a file. */
const PART_HEADER_MAX_BYTES = 1_024;
/** How many texts may begin with a dollar sign: that is how React writes a reference to another part. */
const REFERENCES_MAX = 1_000;
/** RFC 2046, 5.1.1: a boundary has 1 to 70 characters. */
const BOUNDARY = /^multipart\/form-data\s{0,9};\s{0,9}boundary=(?:"([^"]{1,70})"|([^\s";,]{1,70}))\s{0,9}$/i;

const END_OF_HEADER = Buffer.from("\r\n\r\n");
const REFERENCE = Buffer.from('"$');

/** Whether `text` occurs in `body` more than `limit` times. */
function occursMoreThan(limit: number, body: Buffer, text: Buffer): boolean {
  let count = 0;
  for (let at = body.indexOf(text); at >= 0; at = body.indexOf(text, at + text.length)) {
    count += 1;
    if (count > limit) return true;
  }
  return false;
}

/** Whether the body is complete and within the bounds on parts. Reads each byte once or twice, whatever it holds. */
function isMultipartWithinBounds(body: Buffer, boundary: string): boolean {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // The first delimiter needs no line break before it.
  const first = delimiter.subarray(2);
  if (!body.subarray(0, first.length).equals(first)) return false;
  let parts = 0;
  for (let at = first.length; ; ) {
    const [next, afterNext] = [body[at], body[at + 1]];
    // "--" after a delimiter ends the body.
    if (next === 0x2d && afterNext === 0x2d) return true;
    parts += 1;
    if (parts > PARTS_MAX) return false;
    const header = body.subarray(at, at + PART_HEADER_MAX_BYTES).indexOf(END_OF_HEADER);
    if (header < 0) return false;
    // A part without content has its delimiter right after the header, with the header's line break before it.
    const end = body.indexOf(delimiter, at + header + 2);
    if (end < 0) return false;
    at = end + delimiter.length;
  }
}

/**
 * Whether Next can read this form, or these arguments of an action, in time that grows with their size: the number of
 * parts, the size of their headers and the number of references among them are bounded, and the body is complete. Next
 * interprets the parts.
 *
 * @param contentType the request's header
 */
export function isReadableForm(body: Buffer, contentType: string): boolean {
  if (occursMoreThan(REFERENCES_MAX, body, REFERENCE)) return false;
  if (!/^multipart\//i.test(contentType)) return true;
  const [, quoted, plain] = BOUNDARY.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  return boundary !== undefined && isMultipartWithinBounds(body, boundary);
}
