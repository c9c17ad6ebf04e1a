/** What an admin must know before deactivating. */
export function DeactivationMeaning() {
  return (
    <ul className="list-disc space-y-1 pl-5 text-muted">
      <li>Spending is refused from the next request on.</li>
      <li>Balance, members and history stay as they are.</li>
      <li>Reactivation restores everything.</li>
    </ul>
  );
}
