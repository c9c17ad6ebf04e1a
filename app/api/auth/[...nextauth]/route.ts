import { handlers } from "#lib/portal-users/auth.ts";

export const { GET, POST } = handlers;
