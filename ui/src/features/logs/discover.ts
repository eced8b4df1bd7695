/** What the loaded rows have in common: score names and metadata fields, most frequent first. */
import type { Row } from '@/api/types'

export function scoreNames(rows: readonly Row[]): string[] {
  return byFrequency(rows.flatMap((row) => Object.keys(row.scores ?? {})))
}

/** Metadata keys whose values are short enough to filter by. */
export function metadataFields(rows: readonly Row[]): string[] {
  const keys = rows.flatMap((row) =>
    Object.entries(row.metadata ?? {})
      .filter(
        ([, value]) =>
          (typeof value === 'string' && value.length <= 60) ||
          typeof value === 'number' ||
          typeof value === 'boolean',
      )
      .map(([key]) => key),
  )
  return byFrequency(keys)
}

function byFrequency(names: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([name]) => name)
}
