import { afterEach } from "vitest";

// Component tests run in jsdom; everything else has no document to clean and does not load the library.
if (typeof document !== "undefined") {
  await import("@testing-library/jest-dom/vitest");
  const { cleanup } = await import("@testing-library/react");
  afterEach(() => cleanup());
}
