import { once } from "node:events";
import { connect, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actionId, builtActions } from "#tests/support/actions.ts";
import { type Answer, HttpBrowser } from "#tests/support/http-browser.ts";
import { BOTH_WAYS } from "./bare-server.ts";
import { ACTIONS, type Made, ROUTES } from "./expectations.ts";
import { contentOf, fill } from "./fill.ts";
import { EMAILS, type Portal, startPortal } from "./portal.ts";

const EVIL = "evil.example";

/** The headers about the origin of a request that browsers and programs send when it is not from one of our pages. */
const FROM_ELSEWHERE: [string, Record<string, string | undefined>][] = [
  ["another site", { origin: `https://${EVIL}`, "sec-fetch-site": "cross-site" }],
  ["another host of the same site", { origin: "http://other.localhost", "sec-fetch-site": "same-site" }],
  ["an opaque origin", { origin: "null", "sec-fetch-site": "cross-site" }],
  ["an old browser at another site", { origin: `https://${EVIL}`, "sec-fetch-site": undefined }],
  ["an old browser with an opaque origin", { origin: "null", "sec-fetch-site": undefined }],
  ["no header that tells the origin", { origin: undefined, "sec-fetch-site": undefined }],
  ["a typed address", { origin: undefined, "sec-fetch-site": "none" }],
  [
    "another site that forges our host",
    { origin: `https://${EVIL}`, "sec-fetch-site": undefined, "x-forwarded-host": EVIL },
  ],
];

describe.each(BOTH_WAYS)("%s", (_name, serve) => {
  let portal: Portal;
  let made: Made;
  let owner: HttpBrowser;
  let nobody: HttpBrowser;

  beforeAll(async () => {
    portal = await startPortal({
      ...(serve && { serve }),
      fill: async () => {
        ({ made } = await fill());
      },
    });
    owner = await portal.signedIn(EMAILS.owner);
    nobody = new HttpBrowser(portal.url);
  });
  afterAll(async () => {
    await portal?.stop();
  });

  /** The answer to a page's address. Asked for data, Next leads to the same address with `_rsc` in it first. */
  async function sentOn(
    visitor: HttpBrowser,
    target: string,
    headers: Record<string, string>,
  ): Promise<Answer> {
    const answer = await visitor.send(target, { headers });
    const location = answer.headers.location ?? "";
    return "rsc" in headers && answer.status === 307 && /[?&]_rsc\b/.test(location)
      ? visitor.send(location, { headers })
      : answer;
  }

  /** Another browser with the owner's cookies. */
  function victim(): HttpBrowser {
    const visitor = new HttpBrowser(portal.url);
    for (const [name, value] of owner.cookies) visitor.cookies.set(name, value);
    return visitor;
  }

  it.each(FROM_ELSEWHERE)("does nothing that %s asks for with the owner's cookie", async (_from, said) => {
    const before = contentOf(portal.directory);
    for (const action of builtActions()) {
      const stateful = !["setThemeAction", "signOutAction"].includes(action.name);
      const fields = ACTIONS[action.name]?.fields?.(made) ?? {
        theme: "dark",
        email: EMAILS.viewer,
        password: "x",
      };
      const answer = await victim().act("/organizations", action.id, fields, { stateful, headers: said });
      // Without the server's own refusals, Next refuses with 500, or the action does, in the state of its form.
      expect([action.name, answer.status]).toEqual([
        action.name,
        serve ? expect.toBeOneOf([200, 403, 500]) : 403,
      ]);
      expect([action.name, answer.setCookies]).toEqual([action.name, []]);
    }
    for (const kind of ["organizations", "members"]) {
      const answer = await victim().send(`/${kind}/import/upload`, { method: "POST", headers: said });
      expect([kind, answer.status]).toEqual([kind, 403]);
    }
    expect(contentOf(portal.directory)).toBe(before);
    expect((await owner.send("/organizations")).status).toBe(200);
  });

  it("does nothing for a plain form of another site, as browsers without JavaScript send it", async () => {
    const form = new FormData();
    form.set(`$ACTION_ID_${actionId("signOutAction")}`, "");
    const encoded = new Response(form);
    await victim().send("/organizations", {
      method: "POST",
      headers: {
        origin: `https://${EVIL}`,
        "sec-fetch-site": "cross-site",
        "content-type": encoded.headers.get("content-type") ?? "",
      },
      body: new Uint8Array(await encoded.arrayBuffer()),
    });
    expect((await owner.send("/organizations")).status).toBe(200);
  });

  it.each<[string, Record<string, string>]>([
    ["x-middleware-subrequest", { "x-middleware-subrequest": "proxy:proxy:proxy:proxy:proxy" }],
    ["the same for src", { "x-middleware-subrequest": "src/proxy:src/proxy:src/proxy:src/proxy:src/proxy" }],
    ["x-middleware-next", { "x-middleware-next": "1", "x-middleware-rewrite": "/settings/users" }],
    ["RSC", { rsc: "1" }],
    ["a prefetch", { rsc: "1", "next-router-prefetch": "1" }],
    [
      "a segment's prefetch",
      { rsc: "1", "next-router-prefetch": "1", "next-router-segment-prefetch": "/_tree" },
    ],
    [
      "a router's state",
      {
        rsc: "1",
        "next-router-state-tree": encodeURIComponent(
          '["",{"children":["(portal)",{"children":["organizations",{"children":["__PAGE__",{}]}]}]}]',
        ),
      },
    ],
    ["an intercepted address", { rsc: "1", "next-url": "/organizations" }],
    ["purpose", { purpose: "prefetch", "sec-purpose": "prefetch" }],
    ["Next's own data", { "x-nextjs-data": "1" }],
  ])("opens nothing to %s", async (_name, headers) => {
    for (const [route, row] of Object.entries(ROUTES)) {
      const [method = "", path = ""] = route.split(" ");
      if (method !== "GET" || row.needs === "anyone") continue;
      const target = row.at?.(made) ?? path;
      const answer = await sentOn(nobody, target, headers);
      const refused = row.signedOut ?? (row.needs === "API key" ? 401 : 307);
      // As data, a page is answered with 200 and the redirect, or with the part that is asked for and is everybody's.
      const isPageAsData = "rsc" in headers && refused === 307 && !path.endsWith("/export");
      expect([target, answer.status]).toEqual([target, isPageAsData ? 200 : refused]);
      expect([
        target,
        /Faculty of Law|JPY Credits|ana@example\.edu|owner@example\.edu/.test(answer.text),
      ]).toEqual([target, false]);
    }
  });

  it("gives a viewer nothing of an owner's page, in whatever form it is asked for", async () => {
    const viewer = await portal.signedIn(EMAILS.viewer);
    for (const [target, asPage, asData] of [
      // As data, the refusal is in the answer.
      ["/settings/users", 403, 200],
      ["/settings/users?_rsc=1", 403, 200],
      ["/settings/users.rsc", 404, 404],
      ["/_next/data/x/settings/users.json", 404, 404],
      ["//settings/users", 403, 200],
      ["/settings/users/", 308, 308],
      ["/Settings/Users", 404, 404],
      ["/settings%2Fusers", 404, 404],
      ["/%73ettings/users", 404, 404],
    ] as const) {
      for (const headers of [{}, { rsc: "1" }, { rsc: "1", "next-router-prefetch": "1" }]) {
        const answer = await sentOn(viewer, target, headers);
        expect([target, answer.status, answer.text.includes(EMAILS.admin)]).toEqual([
          target,
          "rsc" in headers ? asData : asPage,
          false,
        ]);
      }
    }
  });

  // What follows is the same with and without the server's own refusals.
  if (serve) return;

  it.each([
    ["Host", { host: EVIL }],
    ["X-Forwarded-Host", { "x-forwarded-host": EVIL, "x-forwarded-proto": "https", "x-forwarded-port": "1" }],
    ["Forwarded", { forwarded: `host=${EVIL};proto=https` }],
    ["X-Original-URL", { "x-original-url": "/settings", "x-rewrite-url": "/settings" }],
  ])("is led nowhere by a forged %s", async (_header, headers) => {
    for (const [target, ofNobody, ofOwner] of [
      ["/", 307, 307],
      ["/organizations", 307, 200],
      ["/settings/users", 307, 200],
      ["/sign-in", 200, 307],
      ["/nothing-here", 404, 404],
    ] as const) {
      for (const [visitor, status] of [
        [nobody, ofNobody],
        [owner, ofOwner],
      ] as const) {
        const answer = await visitor.send(target, { headers });
        expect([target, answer.status]).toEqual([target, status]);
        expect(JSON.stringify(answer.headers)).not.toContain(EVIL);
        expect(answer.text).not.toContain(EVIL);
      }
    }
  });

  it("asks no host that a request names", async () => {
    let requests = 0;
    const trap = createServer((socket) => {
      requests += 1;
      socket.destroy();
    });
    trap.listen(0, "127.0.0.1");
    await once(trap, "listening");
    const address = trap.address();
    const host = `127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
    try {
      for (const forged of [{ host }, { "x-forwarded-host": host }, { host, "x-forwarded-host": host }]) {
        const headers = { ...forged, origin: `http://${host}`, "sec-fetch-site": "same-origin" };
        await nobody.act("/sign-in", actionId("signOutAction"), {}, { stateful: false, headers });
        await nobody.send(`/_next/image?url=${encodeURIComponent(`http://${host}/x.png`)}&w=64&q=75`, {
          headers,
        });
      }
    } finally {
      trap.close();
    }
    expect(requests).toBe(0);
  });

  const ELSEWHERE = [
    `https://${EVIL}`,
    `//${EVIL}`,
    `/\\${EVIL}`,
    `\\\\${EVIL}`,
    `/%09/${EVIL}`,
    `/\t/${EVIL}`,
    `javascript:alert(1)`,
    `data:text/html,x`,
    `http:${EVIL}`,
    `https:/\\${EVIL}`,
    `/..//${EVIL}`,
    `/organizations\r\nLocation: https://${EVIL}`,
    `@${EVIL}`,
    `.${EVIL}`,
  ];

  const leadsAway = (location: string) => {
    const url = new URL(location.split(";")[0] ?? "", portal.url);
    return url.origin !== portal.url;
  };

  it("leads to no other host by any parameter", async () => {
    for (const target of ELSEWHERE) {
      const encodedTarget = encodeURIComponent(target);
      for (const page of [
        `/sign-in?callbackUrl=${encodedTarget}`,
        `/organizations/status?back=${encodedTarget}`,
      ]) {
        const answer = await owner.send(page);
        expect([page, answer.status, leadsAway(answer.headers.location ?? "/")]).toEqual([page, 307, false]);
      }
      for (const [name, fields] of [
        ["changeStatusAction", { ids: String(made.organization), to: "activate" }],
        [
          "addCreditsAction",
          {
            organization: String(made.organization),
            amount: "0.000001",
            requestId: `open-${encodedTarget.length}-${ELSEWHERE.indexOf(target)}-x`,
          },
        ],
      ] as const) {
        const answer = await owner.act("/organizations", actionId(name), { ...fields, back: target });
        const location = String(answer.headers["x-action-redirect"] ?? answer.headers.location ?? "/");
        expect([name, target, leadsAway(location)]).toEqual([name, target, false]);
      }
      const signIn = await new HttpBrowser(portal.url).act("/sign-in", actionId("signInAction"), {
        email: EMAILS.viewer,
        password: "correct horse battery staple",
        callbackUrl: target,
      });
      expect([
        target,
        leadsAway(String(signIn.headers["x-action-redirect"] ?? signIn.headers.location)),
      ]).toEqual([target, false]);
    }
    expect(leadsAway(`https://${EVIL}`)).toBe(true);
  });

  it("puts nothing of an address into its headers as a line of its own", async () => {
    const lines = "%0d%0aSet-Cookie:%20owned=1%0d%0a";
    for (const [target, ofOwner, ofNobody] of [
      [`/organizations?q=${lines}`, 200, 307],
      [`/organizations/${lines}`, 404, 307],
      [`/organizations/export?q=${lines}`, 200, 307],
      [`/transactions/export?application=${lines}`, 200, 307],
      [`/sign-in?callbackUrl=/x${lines}`, 307, 200],
      [`/invite/${lines}`, 200, 200],
      [`/organizations/import/${lines}/progress`, 404, 404],
    ] as const) {
      for (const [visitor, status] of [
        [owner, ofOwner],
        [nobody, ofNobody],
      ] as const) {
        const answer = await visitor.send(target);
        expect([target, answer.status, answer.setCookies.join().includes("owned")]).toEqual([
          target,
          status,
          false,
        ]);
      }
    }
  });

  describe("on the wire", () => {
    /** All that comes back for these bytes, until the server closes or falls silent. */
    async function speak(bytes: string): Promise<string> {
      const { hostname, port } = new URL(portal.url);
      const socket = connect({ host: hostname, port: Number(port) });
      let heard = "";
      socket.on("data", (piece) => {
        heard += piece.toString("latin1");
        socket.setTimeout(700);
      });
      // A busy server may take long for the first answer, but a second one would follow immediately.
      socket.setTimeout(60_000);
      socket.on("timeout", () => socket.destroy());
      socket.on("error", () => undefined);
      await once(socket, "connect");
      socket.write(bytes);
      await once(socket, "close");
      return heard;
    }
    const head = (first: string, ...lines: string[]) =>
      [first, `Host: ${new URL(portal.url).host}`, ...lines, "", ""].join("\r\n");
    const smuggled = () => head("GET /api/health/live HTTP/1.1");

    it.each<[string, (inner: string) => string]>([
      [
        "both lengths",
        (inner) =>
          head("POST /sign-in HTTP/1.1", "Content-Length: 5", "Transfer-Encoding: chunked") +
          `0\r\n\r\n${inner}`,
      ],
      [
        "two lengths",
        (inner) =>
          head("POST /sign-in HTTP/1.1", "Content-Length: 0", `Content-Length: ${inner.length}`) + inner,
      ],
      ["a length with a sign", (inner) => head("POST /sign-in HTTP/1.1", "Content-Length: +0") + inner],
      [
        "an unknown coding",
        (inner) =>
          `${head("POST /sign-in HTTP/1.1", "Transfer-Encoding: chunked, identity")}0\r\n\r\n${inner}`,
      ],
      [
        "a space before the colon",
        (inner) =>
          head("POST /sign-in HTTP/1.1", "Transfer-Encoding : chunked", "Content-Length: 5") +
          `0\r\n\r\n${inner}`,
      ],
      [
        "a folded line",
        (inner) =>
          head("POST /sign-in HTTP/1.1", "Content-Length: 5", "X: a", " Transfer-Encoding: chunked") +
          `0\r\n\r\n${inner}`,
      ],
      [
        "a broken chunk",
        (inner) =>
          `${head("POST /sign-in HTTP/1.1", "Transfer-Encoding: chunked")}0x1\r\nA\r\n0\r\n\r\n${inner}`,
      ],
      ["a bare line feed", (inner) => `POST /sign-in HTTP/1.1\nHost: a\nContent-Length: 0\n\n${inner}`],
      ["no host", (inner) => `GET /sign-in HTTP/1.1\r\n\r\n${inner}`],
      ["two hosts", (inner) => head("GET /sign-in HTTP/1.1", `Host: ${EVIL}`, "Connection: close") + inner],
    ])("answers one request, and no second that hides behind %s", async (_name, write) => {
      const heard = await speak(write(smuggled()));
      expect(heard).toMatch(/^HTTP\/1\.1 (400|403|431|200)/);
      expect(heard).not.toContain('"live"');
    });

    it.each([
      ["headers", () => head("GET /sign-in HTTP/1.1", `X-Long: ${"a".repeat(40_000)}`)],
      ["an address", () => head(`GET /sign-in?q=${"a".repeat(40_000)} HTTP/1.1`)],
      [
        "many headers",
        () => head("GET /sign-in HTTP/1.1", ...Array.from({ length: 3_000 }, (_, index) => `X-${index}: a`)),
      ],
    ])("refuses oversized %s", async (_name, write) => {
      expect(await speak(write())).toMatch(/^HTTP\/1\.1 431/);
    });

    it("takes an absolute address as its own path, and answers no other protocol", async () => {
      const absolute = await speak(head(`GET http://${EVIL}/settings HTTP/1.1`, "Connection: close"));
      expect(absolute).not.toContain(EVIL);
      expect(absolute).toMatch(/^HTTP\/1\.1 (307|400|404)/);
      expect(await speak("CONNECT evil.example:80 HTTP/1.1\r\nHost: evil.example:80\r\n\r\n")).not.toMatch(
        /^HTTP\/1\.1 200/,
      );
      expect(await speak("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).not.toMatch(/^HTTP\/1\.1 200/);
    });

    it("goes on serving", async () => {
      expect((await nobody.send("/api/health/ready")).status).toBe(200);
    });
  });
});
