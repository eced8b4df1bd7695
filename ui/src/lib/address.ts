/** The query part of our URLs: plain text values, a repeated key is a list. Nothing is JSON, so links stay readable. */

export type RawSearch = Record<string, string | string[]>

export function parseSearch(query: string): RawSearch {
  const out: RawSearch = {}
  for (const [key, value] of new URLSearchParams(query)) {
    const before = out[key]
    out[key] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]
  }
  return out
}

export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(search)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (typeof item === 'string' && item !== '') params.append(key, item)
    }
  }
  const query = params.toString().replaceAll('%2C', ',').replaceAll('%3A', ':')
  return query ? `?${query}` : ''
}

/** What an address says, not yet checked. */
export type Raw = Record<string, unknown>

export function text(raw: Raw, key: string): string | undefined {
  const value = raw[key]
  const first = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' && first !== '' ? first : undefined
}

export function list(raw: Raw, key: string): string[] | undefined {
  const value = raw[key]
  const all = (Array.isArray(value) ? value : [value]).filter(
    (item): item is string => typeof item === 'string' && item !== '',
  )
  return all.length ? all : undefined
}

export function oneOf<T extends string>(raw: Raw, key: string, allowed: readonly T[]): T | undefined {
  const value = text(raw, key)
  return allowed.find((option) => option === value)
}
