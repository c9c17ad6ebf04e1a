import { createServer } from "node:http";
import next from "next";
import { openSound } from "#db/open.ts";
import { trustHeaders } from "#lib/server/trusted-headers.ts";

// Run as a program by tests/security/bare-server.ts.
openSound();
const port = Number(process.env.PORT);
const app = next({ dev: false, dir: process.cwd(), hostname: "localhost", port, httpServer: createServer() });
await app.prepare();
const handle = app.getRequestHandler();
createServer((request, response) => {
  trustHeaders(request);
  void handle(request, response);
}).listen(port);
