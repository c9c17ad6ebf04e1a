/** What holds for every answer; its content security policy is given by `lib/portal/door.ts`. */
const headers = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "X-Frame-Options", value: "DENY" },
  // Without a same-origin referrer, browsers blank the Origin of a form sent without JavaScript.
  { key: "Referrer-Policy", value: "same-origin" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
  { key: "Cross-Origin-Resource-Policy", value: "same-origin" },
  {
    key: "Permissions-Policy",
    value:
      "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=(), display-capture=(), browsing-topics=()",
  },
];

/** @type {import("next").NextConfig} */
const config = {
  // For a container image, see scripts/standalone.mjs; `next start` wants none of it.
  ...(process.env.BURSAR_STANDALONE && { output: "standalone" }),
  poweredByHeader: false,
  reactStrictMode: true,
  // forbidden() answers 403 where a role does not reach.
  experimental: { authInterrupts: true },
  // Native addons stay outside the bundle, and so does what must be there once for the whole process.
  serverExternalPackages: ["better-sqlite3", "@node-rs/argon2", "prom-client"],
  async headers() {
    return [{ source: "/:path*", headers }];
  },
};

export default config;
