import { z } from "zod";
import { emailAddress } from "./email.ts";

// How the texts of environment variables are read. Each message completes a line that begins with the setting's name.

export const text = z.string();
export const onOff = z.enum(["on", "off"], "must be on or off.").transform((value) => value === "on");
export const wholeNumber = (smallest: number, largest: number, message: string) =>
  z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((number) => number >= smallest && number <= largest, message);
/** Values between commas. */
export const list = text.transform((values) =>
  values
    .split(",")
    .map((value) => value.trim())
    .filter((value) => value !== ""),
);

const ADDRESS = "must be an address without a path, such as https://portal.example.edu.";
export const address = text.transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url;
  context.addIssue({ code: "custom", message: ADDRESS });
  return z.NEVER;
});

export const issuer = text.transform((value, context) => {
  const refuse = (message: string) => {
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  };
  const url = URL.canParse(value) ? new URL(value) : null;
  const isLoopback = url !== null && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback);
  const isIssuer = url !== null && !/[?#]/.test(url.href) && !url.pathname.includes("/.well-known/");
  if (!url || !isSafe || !isIssuer || url.username || url.password) {
    return refuse(
      "must be the issuer's https:// address, such as https://id.example.edu, without /.well-known/ or a query.",
    );
  }
  if (/^\/(common|organizations|consumers)(\/|$)/.test(url.pathname) && url.hostname.includes("microsoft")) {
    return refuse("must name your own tenant: this one lets in every tenant's people.");
  }
  return url;
});

export const email = text.transform((value, context) => {
  const parsed = emailAddress.safeParse(value);
  if (parsed.success) return parsed.data;
  context.addIssue({ code: "custom", message: "must be an email address such as ana@example.edu." });
  return z.NEVER;
});

const MAIL_SERVER = "must be the address of a mail server, such as smtps://user:password@mail.example.edu.";
export const mailServer = text.transform((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url && /^smtps?:$/.test(url.protocol) && url.hostname !== "") return value;
  context.addIssue({ code: "custom", message: MAIL_SERVER });
  return z.NEVER;
});

/** An address, or a name and an address (RFC 5322, 3.4). A line break would let a header be added. */
export const sender = text.transform((value, context) => {
  const [, name = "", bracketed] = /^([^<>\r\n]{0,200})<([^<>]{1,254})>$/.exec(value) ?? [];
  const address = bracketed ?? value;
  // Not `emailAddress`: a machine may send its mails as bursar@localhost.
  if (/^[^\s<>@]{1,64}@[^\s<>@]{1,190}$/.test(address)) {
    return { name: name.trim().replace(/^"(.*)"$/, "$1"), address };
  }
  context.addIssue({
    code: "custom",
    message: "must be an email address, or a name and an address such as Bursar <bursar@example.edu>.",
  });
  return z.NEVER;
});

export const scopes = text
  .transform((value) => value.split(/\s+/))
  .refine(
    // RFC 6749, 3.3: the characters of a scope.
    (names) => names.includes("openid") && names.every((name) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name)),
    "must be names between spaces, openid among them.",
  )
  .transform((names) => names.join(" "));
