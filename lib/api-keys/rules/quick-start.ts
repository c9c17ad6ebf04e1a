/** What the programs of the quick start have filled in. */
export type QuickStart = {
  /** The portal's address without a path, e.g. https://bursar.example.edu. */
  origin: string;
  /** The key; null where the page does not have it. */
  key: string | null;
  /** The key's row id, which makes the id of the first event one that no other key's quick start has. */
  keyId: number;
  /** A code; null for a key of the whole enterprise, whose events name one. */
  organization: string | null;
  /** The email of a member; null where the reader knows of none. */
  member: string | null;
};

export type Program = { language: string; label: string; code: string };

/** In place of what is not filled in. */
const PLACEHOLDERS = { key: "bur_YOUR_KEY", organization: "YOUR_ORGANIZATION", member: "member@example.edu" };

/** Whether a program has a placeholder, which its reader must replace. */
export function hasPlaceholders({ key, organization, member }: QuickStart): boolean {
  return key === null || organization === null || member === null;
}

/** A text for a shell (POSIX, 2.2.2): everything between single quotes is taken as it is. */
const shell = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Short programs that report a first event. JSON's texts are literals of JavaScript and Python too. */
export function quickStartPrograms(start: QuickStart): Program[] {
  const url = `${start.origin}/api/v1/usage`;
  const authorization = `Bearer ${start.key ?? PLACEHOLDERS.key}`;
  const fields = [
    ["id", `quick-start-${start.keyId}`],
    ["organization", start.organization ?? PLACEHOLDERS.organization],
    ["member", start.member ?? PLACEHOLDERS.member],
    ["application", "quick-start"],
    ["credits", "0.01"],
  ] as const;
  const object = (indent: string, name: (field: string) => string) =>
    fields.map(([field, value]) => `${indent}${name(field)}: ${JSON.stringify(value)}`).join(",\n");
  const quoted = (field: string) => JSON.stringify(field);
  return [
    {
      language: "curl",
      label: "curl",
      code: [
        `curl -sS ${shell(url)} \\`,
        `  -H ${shell(`Authorization: ${authorization}`)} \\`,
        `  -H 'Content-Type: application/json' \\`,
        `  -d ${shell(`{\n${object("    ", quoted)}\n  }`)}`,
      ].join("\n"),
    },
    {
      language: "javascript",
      label: "JavaScript",
      code: `const response = await fetch(${JSON.stringify(url)}, {
  method: "POST",
  headers: {
    Authorization: ${JSON.stringify(authorization)},
    "Content-Type": "application/json",
  },
  body: JSON.stringify({
${object("    ", (field) => field)}
  }),
});
console.log(response.status, await response.json());`,
    },
    {
      language: "python",
      label: "Python",
      code: `import json
import urllib.error
import urllib.request

request = urllib.request.Request(
    ${JSON.stringify(url)},
    method="POST",
    headers={
        "Authorization": ${JSON.stringify(authorization)},
        "Content-Type": "application/json",
    },
    data=json.dumps({
${object("        ", quoted)}
    }).encode(),
)
try:
    with urllib.request.urlopen(request) as response:
        print(response.status, response.read().decode())
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())`,
    },
  ];
}
