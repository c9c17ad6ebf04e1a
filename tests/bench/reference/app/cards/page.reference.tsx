import { connection } from "next/server";
import { ReferenceCard } from "./card.tsx";

const CARDS = Array.from({ length: 24 }, (_, n) => ({
  id: String(n + 1),
  name: `Faculty of Law, University of Example ${n + 1}`,
  code: `EX-${n + 1}-LAW`,
  members: "26",
  balance: "277,452.123119",
  spent: "4.876881",
}));

/** An empty dynamic page with as many cards as a page of the list, and nothing else. */
export default async function CardsPage() {
  await connection();
  return (
    <ul className="cards">
      {CARDS.map((card) => (
        <li key={card.id}>
          <ReferenceCard {...card} />
        </li>
      ))}
    </ul>
  );
}
