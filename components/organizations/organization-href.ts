/** The address of an organization's page. In a file of its own, because the browser needs no more of the list's texts. */
export const organizationHref = (code: string) => `/organizations/${encodeURIComponent(code)}`;
