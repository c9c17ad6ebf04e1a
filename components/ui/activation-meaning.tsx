/** What an admin knows before something is activated again. A member spends only where the organization is active too. */
export function ActivationMeaning() {
  return <p className="text-muted">Active members of active organizations can spend again immediately.</p>;
}
