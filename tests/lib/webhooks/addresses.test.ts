import { describe, expect, it, test } from "vitest";
import { isPublicAddress } from "#lib/webhooks/rules/addresses.ts";
import { patternsWords, readEndpointUrl, shownUrl } from "#lib/webhooks/rules/endpoints.ts";

describe("isPublicAddress", () => {
  it.each([
    "1.1.1.1",
    "8.8.8.8",
    "142.250.74.46",
    "172.15.255.255",
    "172.32.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:82b::200e",
  ])("%s is public", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ["0.0.0.0", "this host"],
    ["0.1.2.3", "this network"],
    ["10.0.0.1", "private"],
    ["172.16.0.1", "private"],
    ["172.31.255.255", "private"],
    ["192.168.1.1", "private"],
    ["127.0.0.1", "loopback"],
    ["127.255.255.254", "loopback"],
    ["169.254.169.254", "metadata of AWS, Google and Azure"],
    ["168.63.129.16", "the platform of Azure"],
    ["100.64.0.1", "carriers"],
    ["100.100.100.200", "metadata of Alibaba"],
    ["192.0.0.192", "metadata of Oracle"],
    ["192.0.2.1", "documentation"],
    ["198.18.0.1", "benchmarks"],
    ["198.51.100.1", "documentation"],
    ["203.0.113.1", "documentation"],
    ["224.0.0.1", "multicast"],
    ["240.0.0.1", "reserved"],
    ["255.255.255.255", "broadcast"],
    ["::", "unspecified"],
    ["::1", "loopback"],
    ["::ffff:127.0.0.1", "mapped"],
    ["::ffff:7f00:1", "mapped"],
    ["::ffff:8.8.8.8", "mapped"],
    ["::127.0.0.1", "compatible"],
    ["64:ff9b::7f00:1", "translated"],
    ["64:ff9b:1::7f00:1", "translated"],
    ["2002:7f00:1::", "6to4"],
    ["2001:0:7f00:1::", "Teredo"],
    ["2001:db8::1", "documentation"],
    ["fe80::1", "link-local"],
    ["fe80::1%eth0", "link-local with a zone"],
    ["fec0::1", "site-local"],
    ["fc00::1", "unique local"],
    ["fd00:ec2::254", "metadata of AWS"],
    ["ff02::1", "multicast"],
    ["100::1", "discard"],
    ["4000::1", "not given out"],
    ["localhost", "no address"],
    ["", "no address"],
  ])("%s is not (%s)", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe("readEndpointUrl", () => {
  const read = (text: string, isPrivateAllowed = false) => {
    const url = readEndpointUrl(text, isPrivateAllowed);
    return url.ok ? url.value : url.message;
  };
  const notPublic =
    "This address is not on the public internet. The operator can allow it with WEBHOOK_ALLOW_PRIVATE=on.";
  const https = "Enter an address that begins with https://.";

  it.each([
    [" https://example.edu/hook ", "https://example.edu/hook"],
    ["https://example.edu", "https://example.edu/"],
    ["https://example.edu:8443/a?b=c#d", "https://example.edu:8443/a?b=c"],
    ["https://1.1.1.1/hook", "https://1.1.1.1/hook"],
    ["https://bücher.example/hook", "https://xn--bcher-kva.example/hook"],
    ["", "Enter an address."],
    ["example.edu/hook", https],
    ["http://example.edu/hook", https],
    ["ftp://example.edu/hook", https],
    ["javascript:alert(1)", https],
    ["https://ana:secret@example.edu/hook", "An address with a user name or a password is not accepted."],
    ["https://localhost/hook", notPublic],
    ["https://api.localhost/hook", notPublic],
    ["https://127.0.0.1/hook", notPublic],
    ["https://2130706433/hook", notPublic],
    ["https://0x7f.1/hook", notPublic],
    ["https://[::1]/hook", notPublic],
    ["https://[::ffff:10.0.0.1]/hook", notPublic],
    [`https://example.edu/${"x".repeat(2_000)}`, "At most 2000 characters."],
  ])("%s", (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it("takes private addresses and http where they are allowed", () => {
    expect(read("http://127.0.0.1:4000/hook", true)).toBe("http://127.0.0.1:4000/hook");
    expect(read("http://localhost/hook", true)).toBe("http://localhost/hook");
    expect(read("file:///etc/passwd", true)).toBe(https);
  });
});

test("what is shown of an address has neither its query nor a path that is a secret", () => {
  const url = "https://hooks.example.com/services/T0/B0/secret?token=1";
  expect(shownUrl(url, "webhook")).toBe("https://hooks.example.com/services/…");
  expect(shownUrl("https://example.edu/0123456789abcdefghijk", "webhook")).toBe("https://example.edu/…");
  expect(shownUrl("https://example.edu/hook", "webhook")).toBe("https://example.edu/hook");
  expect(shownUrl("https://example.edu/hook/?token=1", "webhook")).toBe("https://example.edu/hook/?…");
  expect(shownUrl("https://example.edu", "webhook")).toBe("https://example.edu/");
  expect(shownUrl(url, "slack")).toBe("https://hooks.example.com/…");
  expect(shownUrl(url, "teams")).toBe("https://hooks.example.com/…");
});

test.each([
  [["*"], "All events"],
  [["alerts"], "All alerts"],
  [["pool.low"], "1 event"],
  [["grant.*", "pool.low"], "4 events"],
])("%j in words", (patterns, words) => {
  expect(patternsWords(patterns)).toBe(words);
});
