import { shellQuote } from './literals'
import { curlOf } from './request-code'

/** A query as something to run elsewhere. */
export function copyAs(kind: 'sql' | 'cli' | 'curl' | 'python', sql: string, origin: string): string {
  switch (kind) {
    case 'sql':
      return sql
    case 'cli':
      return `assay sql ${shellQuote(sql)}`
    case 'curl':
      return curlOf(`${origin}/btql`, { query: sql, fmt: 'json' })
    case 'python':
      return [
        'import json, os, urllib.request',
        '',
        `request = urllib.request.Request(${JSON.stringify(`${origin}/btql`)}, method="POST",`,
        `    data=json.dumps({"query": ${JSON.stringify(sql)}, "fmt": "json"}).encode(),`,
        '    headers={"Authorization": "Bearer " + os.environ["ASSAY_API_KEY"], "Content-Type": "application/json"})',
        'rows = json.load(urllib.request.urlopen(request))["data"]',
      ].join('\n')
  }
}
