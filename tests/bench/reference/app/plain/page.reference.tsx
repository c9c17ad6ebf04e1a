import { connection } from "next/server";

/** A page without a client component: what Next's own script weighs. */
export default async function PlainPage() {
  await connection();
  return <h1>Organizations</h1>;
}
