/** What is wrong with a dataset as a whole: rows that ask the same, groups that stand in several splits. */
import { queryOptions } from '@tanstack/react-query'
import { runQuery } from '@/api/query'
import type { Row } from '@/api/types'
import { tokens } from '@/lib/diff'
import { isObject, oneLine, type Json } from '@/lib/json'
import { runInSlices, runSteps, type Steps } from '@/lib/slices'
import { select } from '@/lib/sql'

/** Rows that are looked at, and how much of each. */
export const MOST_CHECKED = 5_000
const PREVIEW = 2_000

/** Share of words that two inputs have in common, of all words of both, from which on they are nearly the same. */
export const NEAR = 0.8
/** Of fewer words than these, too many are alike by chance. */
const FEWEST_WORDS = 5
const MOST_PAIRS = 500

export type Checked = Pick<Row, 'id' | 'input' | 'expected' | 'metadata'> & { size: number | null }
/** Rows that belong together; `apart`: what is expected of them differs, or their splits do. */
export type Group = { name: string; ids: string[]; splits: string[]; apart: boolean }

export const checkedRowsQuery = (datasetId: string, version: string | undefined) =>
  queryOptions({
    queryKey: ['rows', datasetId, 'checked', version ?? null],
    queryFn: async ({ signal }) => {
      const query = select({
        columns: 'id, input, expected, metadata, length(to_string(input)) AS size',
        from: 'dataset',
        id: datasetId,
        tail: `ORDER BY created DESC LIMIT ${MOST_CHECKED} SETTINGS preview_length = ${PREVIEW}`,
      })
      const rows = (await runQuery<Checked>({ query, ...(version ? { version } : {}) }, signal)).data
      return { rows, near: await runInSlices(nearSteps(rows), signal) }
    },
    staleTime: 10_000,
  })

const splitOf = ({ metadata }: Checked): string | null =>
  typeof metadata?.split === 'string' ? metadata.split : null

const splitsOf = (rows: readonly Checked[]): string[] => [
  ...new Set(rows.flatMap((row) => splitOf(row) ?? []).toSorted()),
]

function groupBy(rows: readonly Checked[], key: (row: Checked) => string | null): Map<string, Checked[]> {
  const groups = new Map<string, Checked[]>()
  for (const row of rows) {
    const at = key(row)
    if (at !== null) groups.set(at, [...(groups.get(at) ?? []), row])
  }
  return groups
}

/** Inputs that occur more than once, letter case and white space aside. */
export function sameInputs(rows: readonly Checked[]): Group[] {
  // Of what was not read whole at least the length has to be the same.
  const unread = ({ size }: Checked): string => (size !== null && size > PREVIEW ? `${size} ` : '')
  const plain = (row: Checked): string | null =>
    row.input == null
      ? null
      : `${unread(row)}${JSON.stringify(row.input).toLowerCase().replaceAll(/\s+/g, ' ')}`
  return [...groupBy(rows, plain).values()]
    .filter((group) => group.length > 1)
    .map((group) => ({
      name: oneLine(group[0]!.input, 200),
      ids: group.map(({ id }) => id),
      splits: splitsOf(group),
      apart: new Set(group.map(({ expected }) => JSON.stringify(expected ?? null))).size > 1,
    }))
    .toSorted((a, b) => b.ids.length - a.ids.length)
}

export type Near = { a: Checked; b: Checked; share: number }

/**
 * Pairs of inputs of which at least `NEAR` of the words are the same, the most alike first.
 *
 * Two such sets share a word among the rarest few of each (prefix filtering): only rows that do are compared.
 */
export const nearInputs = (rows: readonly Checked[]): Near[] => runSteps(nearSteps(rows))

/** Rows between two places where looking may pause. */
const STRIDE = 64

function* nearSteps(rows: readonly Checked[]): Steps<Near[]> {
  const sets = rows.map((row) => wordsOf(row.input))
  const often = new Map<string, number>()
  for (const words of sets) for (const word of words) often.set(word, (often.get(word) ?? 0) + 1)
  const rare = new Map<string, number[]>()
  const found: Near[] = []
  for (const [i, words] of sets.entries()) {
    if (i % STRIDE === 0) yield
    if (words.size < FEWEST_WORDS || found.length >= MOST_PAIRS) continue
    const sorted = [...words].toSorted((a, b) => often.get(a)! - often.get(b)! || (a < b ? -1 : 1))
    const prefix = sorted.slice(0, sorted.length - Math.ceil(NEAR * sorted.length) + 1)
    const others = new Set(prefix.flatMap((word) => rare.get(word) ?? []))
    for (const j of others) {
      const share = overlap(words, sets[j]!)
      if (share >= NEAR && !equal(rows[i]!, rows[j]!)) found.push({ a: rows[j]!, b: rows[i]!, share })
    }
    for (const word of prefix) rare.set(word, [...(rare.get(word) ?? []), i])
  }
  return found.toSorted((a, b) => b.share - a.share)
}

function wordsOf(input: Json | undefined): Set<string> {
  const text = typeof input === 'string' ? input : JSON.stringify(input ?? '')
  return new Set(tokens(text.toLowerCase()).filter((token) => /[\p{L}\p{N}]/u.test(token)))
}

function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0
  for (const word of a) if (b.has(word)) shared++
  return shared / (a.size + b.size - shared)
}

const equal = (a: Checked, b: Checked): boolean => sameInputs([a, b]).length > 0

const rank = (key: string): number =>
  /(conversation|session|thread|user|customer|document|source|group|talk|family)|id$/i.test(key) ? 0 : 1

/** Fields of metadata that could say which rows belong together: values that repeat, those that sound like it first. */
export function groupKeys(rows: readonly Checked[]): string[] {
  const values = new Map<string, Map<string, number>>()
  for (const { metadata } of rows) {
    if (!isObject(metadata)) continue
    for (const [key, value] of Object.entries(metadata)) {
      if (key === 'split' || value === null || typeof value === 'object') continue
      const counts = values.get(key) ?? new Map<string, number>()
      values.set(key, counts.set(String(value), (counts.get(String(value)) ?? 0) + 1))
    }
  }
  return [...values]
    .filter(([, counts]) => counts.size > 1 && [...counts.values()].some((n) => n > 1))
    .toSorted(([a, x], [b, y]) => rank(a) - rank(b) || y.size - x.size)
    .map(([key]) => key)
}

/** Groups whose rows stand in more than one split: what is learned from one of them is known in the other. */
export function leaks(rows: readonly Checked[], key: string): Group[] {
  const groups = groupBy(rows, ({ metadata }) => {
    const value = metadata?.[key]
    return value === undefined || value === null || typeof value === 'object' ? null : String(value)
  })
  return [...groups]
    .map(([name, group]) => ({ name, ids: group.map(({ id }) => id), splits: splitsOf(group), apart: true }))
    .filter(({ splits }) => splits.length > 1)
    .toSorted(
      (a, b) => b.ids.length - a.ids.length || a.name.localeCompare(b.name, undefined, { numeric: true }),
    )
}
