/** The code as the URL carries it; a broken escape names no organization. */
export function decodeCode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return "";
  }
}

export function organizationPath(code: string): string {
  return `/organizations/${encodeURIComponent(code)}`;
}
