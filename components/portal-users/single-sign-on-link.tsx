import { buttonClass } from "#components/ui/button.tsx";

/** Leads to the provider of single sign-on. A plain link, because a fetch ahead of the click would start a sign-in. */
export function SingleSignOnLink({
  name,
  query,
  isOnlyWay,
}: {
  /** The name of the provider. */
  name: string;
  /** Where sign-in leads back to, or the invitation that it accepts. */
  query: { callbackUrl: string } | { invitation: string };
  isOnlyWay: boolean;
}) {
  const look = isOnlyWay ? buttonClass({ variant: "primary" }) : buttonClass();
  return (
    <>
      {!isOnlyWay && (
        <p className="flex items-center gap-3 text-[0.8125rem] text-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
          or
        </p>
      )}
      <a href={`/sign-in/single-sign-on?${new URLSearchParams(query)}`} className={look}>
        {`Sign in with ${name}`}
      </a>
    </>
  );
}
