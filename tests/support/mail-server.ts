import { once } from "node:events";
import type { AddressInfo } from "node:net";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";

/** A mail that the server took, with the recipients of the envelope. */
export type ReceivedMail = Email & { recipients: string[]; raw: string };

export type MailServer = {
  /** For SMTP_URL. */
  url: string;
  mails: ReceivedMail[];
  stop: () => Promise<void>;
};

/** An answer of the server that refuses a recipient: "550 No such user here". */
export type Refusal = { code: number; message: string };

/** A real SMTP server. `refuse` decides about each recipient. */
export async function startMailServer(
  refuse: (recipient: string) => Refusal | null = () => null,
  { user, password }: { user?: string; password?: string } = {},
): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: user === undefined,
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    onAuth(auth, _session, callback) {
      if (auth.username === user && auth.password === password) callback(null, { user: auth.username });
      else callback(Object.assign(new Error("Invalid username or password"), { responseCode: 535 }));
    },
    onRcptTo(address, _session, callback) {
      const refusal = refuse(address.address);
      if (refusal) callback(Object.assign(new Error(refusal.message), { responseCode: refusal.code }));
      else callback();
    },
    onData(stream, session, callback) {
      const pieces: Buffer[] = [];
      stream.on("data", (piece: Buffer) => pieces.push(piece));
      stream.on("end", () => {
        const raw = Buffer.concat(pieces);
        PostalMime.parse(raw).then((mail) => {
          const recipients = session.envelope.rcptTo.map(({ address }) => address);
          mails.push({ ...mail, recipients, raw: raw.toString("utf8") });
          callback();
        }, callback);
      });
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  const login = user === undefined ? "" : `${user}:${password}@`;
  return {
    url: `smtp://${login}127.0.0.1:${port}`,
    mails,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
