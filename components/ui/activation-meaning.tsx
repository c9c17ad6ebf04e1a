/** What an activation means. A member can spend only if both the membership and the organization are active. */
export function ActivationMeaning() {
  return <p className="text-muted">Active members of active organizations can spend again immediately.</p>;
}
