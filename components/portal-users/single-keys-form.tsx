import { Button } from "#components/ui/button.tsx";

/** Turns the single keys on or off in this browser. */
export function SingleKeysForm({ on, action }: { on: boolean; action: (data: FormData) => Promise<void> }) {
  return (
    <form action={action} className="flex flex-wrap items-center justify-between gap-3">
      <p>{on ? "Single keys are on in this browser." : "Single keys are off in this browser."}</p>
      <Button type="submit" name="singleKeys" value={on ? "off" : "on"}>
        {on ? "Turn off single keys" : "Turn on single keys"}
      </Button>
    </form>
  );
}
