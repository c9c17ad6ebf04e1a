/** @type {import("next").NextConfig} */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  // Next looks for proxy and instrumentation in the folders above too, and would find the product's.
  pageExtensions: ["reference.tsx", "reference.ts"],
};

export default config;
