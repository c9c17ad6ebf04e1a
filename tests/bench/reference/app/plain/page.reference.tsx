import { connection } from "next/server";

/** A page without a client component. Its scripts are Next's own. */
export default async function PlainPage() {
  await connection();
  return <h1>Organizations</h1>;
}
