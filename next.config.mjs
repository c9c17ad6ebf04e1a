/** @type {import("next").NextConfig} */
const config = {
  // For a container image, see scripts/standalone.mjs; the server itself does not need it.
  ...(process.env.BURSAR_STANDALONE && { output: "standalone" }),
  // `npm run check` checks types. Where the portal is built, the packages that tests and tools need may be missing.
  typescript: { ignoreBuildErrors: true },
  poweredByHeader: false,
  reactStrictMode: true,
  // No page has an image of Next's, so its image optimizer is not served.
  images: { unoptimized: true },
  // forbidden() answers 403 where a role does not reach.
  experimental: { authInterrupts: true },
  // Native addons stay outside the bundle, and so do packages that must be loaded once for the whole process.
  serverExternalPackages: ["better-sqlite3", "@node-rs/argon2", "prom-client"],
};

export default config;
