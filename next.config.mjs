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
  experimental: {
    // forbidden() answers 403 where a role does not reach.
    authInterrupts: true,
    // Next reads the code of a page at its first request. By default it reads all pages at the start and holds the text of
    // their files: 20 to 30 MB, because what several pages need is in a file of each.
    preloadEntriesOnStart: false,
    // Each segment of a page has one script, and React and Next are one: docs/decisions/0095-few-compressed-scripts.md.
    turbopackChunking: { maxChunkCountPerGroup: 1, minChunkSize: 1_000_000, maxMergeChunkSize: 5_000_000 },
  },
  // Native addons stay outside the bundle, and so do packages that must be loaded once for the whole process.
  serverExternalPackages: ["better-sqlite3", "@node-rs/argon2", "prom-client"],
};

export default config;
