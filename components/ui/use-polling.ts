import { useEffect, useEffectEvent } from "react";

/** How long after an answer the next question is asked. */
const POLL_MS = 300;

/**
 * Asks an address for JSON again and again while the component is shown. A question without an answer is asked again.
 *
 * @param take gets each answer, and returns "stop" to ask no more
 * @param subject what is asked about: another one starts the questions again after a stop
 */
export function usePolling<Answer>(
  address: string,
  take: (answer: Answer) => "stop" | undefined,
  subject = "",
): void {
  const onAnswer = useEffectEvent(take);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another subject starts the questions again
  useEffect(() => {
    let stopped = false;
    const ask = async () => {
      const answer = await fetch(address).then(
        (response) => response.json() as Promise<Answer>,
        () => null,
      );
      if (stopped || (answer !== null && onAnswer(answer) === "stop")) return;
      timer = setTimeout(ask, POLL_MS);
    };
    let timer = setTimeout(ask, POLL_MS);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [address, subject]);
}
