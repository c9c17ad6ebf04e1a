// The accounts of the tests' portals.

export const OWNER = "owner@example.edu";
export const VIEWER = "auditor@example.edu";
/** The password of all of them. */
export const PASSWORD = "correct horse battery staple";
