import { afterEach } from "vitest";

// Component tests run in jsdom; everything else has no document to clean and does not load the library.
if (typeof document !== "undefined") {
  await import("@testing-library/jest-dom/vitest");
  const { cleanup, configure } = await import("@testing-library/react");
  // How long `findBy…` and `waitFor` wait at most. A second, which is the default, is too short on a busy machine.
  configure({ asyncUtilTimeout: 20_000 });
  afterEach(() => cleanup());
}
