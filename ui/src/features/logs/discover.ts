/** What the loaded rows have in common: score names and metadata fields, most frequent first. */
import type { Row } from '@/api/types'
import { isObject, type JsonObject } from '@/lib/json'

export function scoreNames(rows: readonly Pick<Row, 'scores'>[]): string[] {
  return byFrequency(rows.flatMap((row) => Object.keys(row.scores ?? {})))
}

/** Those directly below `metadata`, by their keys. */
export function metadataFields(rows: readonly Pick<Row, 'metadata'>[]): string[] {
  return metadataPaths(rows).flatMap((keys) => (keys.length === 2 ? [keys[1]!] : []))
}

const DEEPEST = 3

/** Paths below `metadata` whose values are short enough to filter by. */
export function metadataPaths(rows: readonly Pick<Row, 'metadata'>[]): string[][] {
  const found = rows.flatMap((row) => leaves(row.metadata ?? {}, ['metadata']))
  return byFrequency(found.map((keys) => JSON.stringify(keys))).map((text) => JSON.parse(text) as string[])
}

function leaves(value: JsonObject, above: string[]): string[][] {
  return Object.entries(value).flatMap(([key, item]): string[][] => {
    const here = [...above, key]
    if (isObject(item)) return here.length < DEEPEST ? leaves(item, here) : []
    const short =
      typeof item === 'string' ? item.length <= 60 : typeof item === 'number' || typeof item === 'boolean'
    return short ? [here] : []
  })
}

function byFrequency(names: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([name]) => name)
}
