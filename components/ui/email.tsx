/** An email, which breaks after the @ where it is too long for its line, and else anywhere. */
export function Email({ children: email }: { children: string }) {
  const domain = email.lastIndexOf("@") + 1;
  return (
    <span className="wrap-anywhere">
      {email.slice(0, domain)}
      <wbr />
      {email.slice(domain)}
    </span>
  );
}
