// Who signs in to the portals of tests.

export const OWNER = "owner@example.edu";
export const VIEWER = "auditor@example.edu";
/** Everybody's. */
export const PASSWORD = "correct horse battery staple";
