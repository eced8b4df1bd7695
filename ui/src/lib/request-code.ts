/** What a page reads, as code to run elsewhere: with the command line where it has a word for it, else over HTTP. */
import type { Json } from './json'
import { pythonLiteral, shellQuote } from './literals'

export const CODE_KINDS = [
  { kind: 'cli', label: 'CLI' },
  { kind: 'python', label: 'Python' },
  { kind: 'curl', label: 'curl' },
] as const
export type CodeKind = (typeof CODE_KINDS)[number]['kind']

const KEY = 'ASSAY_API_KEY'

/** A request of the API. `name` is what a program calls the answer, `part` the piece of it that counts, such as `["objects"]`. */
export type Read = { path: string; params?: Record<string, string>; name: string; part?: string }

/** The start of a command that asks `url` with a key. */
export function curl(url: string): string {
  return `curl ${shellQuote(url)} -H "Authorization: Bearer $${KEY}"`
}

/** The command that posts JSON to `url`. */
export function curlOf(url: string, body: object): string {
  return `${curl(url)} -H 'Content-Type: application/json' -d ${shellQuote(JSON.stringify(body))}`
}

/** A POST of JSON as a Python program; the key comes from the environment. */
export function pythonOf(url: string, body: object): string {
  return [
    'import json, os, urllib.request',
    '',
    `body = ${pythonLiteral(body as Json)}`,
    `request = urllib.request.Request(${JSON.stringify(url)}, method="POST", data=json.dumps(body).encode(),`,
    '    headers={"Authorization": "Bearer " + os.environ["ASSAY_API_KEY"], "Content-Type": "application/json"})',
    'print(urllib.request.urlopen(request).read().decode())',
  ].join('\n')
}

/** A GET, in Python or for a shell. */
export function readCode(kind: 'python' | 'curl', read: Read, origin: string): string {
  const query = new URLSearchParams(read.params).toString()
  return getCode(kind, `${origin}${read.path}${query ? `?${query}` : ''}`, read.name, read.part)
}

export function getCode(kind: 'python' | 'curl', url: string, name: string, part = ''): string {
  if (kind === 'curl') return `${curl(url)}\n`
  return [
    'import json, os, urllib.request',
    '',
    `request = urllib.request.Request(${pythonLiteral(url)},`,
    `    headers={"Authorization": "Bearer " + os.environ["${KEY}"]})`,
    `${name} = json.load(urllib.request.urlopen(request))${part}`,
    '',
  ].join('\n')
}

/** A query for the command line. */
export const sqlCommand = (query: string): string => `assay sql ${shellQuote(query)}\n`

/** A POST of JSON for a shell, broken into lines. */
export function postCode(path: string, body: unknown, origin: string): string {
  return [
    `curl ${origin}${path} \\`,
    `  -H "Authorization: Bearer $${KEY}" \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d ${shellQuote(JSON.stringify(body))}`,
  ].join('\n')
}
