/** Runs by the value of a field that tells them apart: model, branch, tag, dataset and the like. */
import { t } from '@lingui/core/macro'
import type { Dataset, Experiment } from '@/api/types'
import { isObject, oneLine, type Json } from '@/lib/json'
import type { ExperimentRow } from './experiment-columns'

/** So many values have a line; of more, those of most runs. */
export const MOST_PARTS = 6
const MOST_FIELDS = 40
const LONGEST_VALUE = 60

/** `id` is the field in the address, `without` what runs are called that have none. */
export type Divider = { id: string; label: string; without: string }
/** The runs of one value, in the order they were given; a value of null are those without any. */
export type Part = { key: string; label: string; rows: ExperimentRow[] }
export type Parts = { shown: Part[]; without: Part | null; more: string[] }

type Value = { key: string; label: string }
type Field = {
  label: string
  without: string
  of: (one: Experiment, datasets: readonly Dataset[]) => Value[]
}

const plain = (text: string | null | undefined): Value[] => (text ? [{ key: text, label: text }] : [])

const FIELDS: Record<string, Field> = {
  tags: { label: t`tag`, without: t`without a tag`, of: ({ tags }) => [...new Set(tags)].flatMap(plain) },
  branch: {
    label: t`branch`,
    without: t`without a branch`,
    of: ({ repo_info }) => plain(repo_info?.branch),
  },
  commit: {
    label: t`commit`,
    without: t`without a commit`,
    of: ({ repo_info, commit }) => {
      const key = repo_info?.commit ?? commit
      return key ? [{ key, label: key.slice(0, 7) }] : []
    },
  },
  dataset: {
    label: t`dataset`,
    without: t`without a dataset`,
    of: ({ dataset_id: id }, datasets) => (id ? [{ key: id, label: datasetName(id, datasets) }] : []),
  },
  dataset_version: {
    label: t`dataset and version`,
    without: t`without a version of a dataset`,
    of: ({ dataset_id: id, dataset_version: version }, datasets) => {
      if (!version) return []
      const name = id ? `${datasetName(id, datasets)} ` : ''
      return [{ key: `${id ?? ''} ${version}`, label: `${name}v${version.slice(-6)}` }]
    },
  },
}

const METADATA = 'metadata.'

function datasetName(id: string, datasets: readonly Dataset[]): string {
  return datasets.find((one) => one.id === id)?.name ?? id.slice(0, 8)
}

/** The field an address names; what it does not know is a field no run has. */
export function dividerOf(id: string): Divider {
  const field = FIELDS[id]
  if (field) return { id, label: field.label, without: field.without }
  const label = id.startsWith(METADATA) ? id.slice(METADATA.length) : id
  return { id, label, without: t`without ${label}` }
}

/** What a run is by a field: nothing, one value, or several tags. */
export function valuesBy(one: Experiment, id: string, datasets: readonly Dataset[]): Value[] {
  const field = FIELDS[id]
  if (field) return field.of(one, datasets)
  if (!id.startsWith(METADATA)) return []
  const value = inMetadata(one.metadata ?? {}, id.slice(METADATA.length))
  if (value === undefined || value === null || typeof value === 'object') return []
  return plain(oneLine(value, LONGEST_VALUE))
}

/** A field of metadata, or one of an object in it ("prompt.version"); keys may have dots themselves. */
function inMetadata(metadata: Record<string, Json>, path: string): Json | undefined {
  if (Object.hasOwn(metadata, path)) return metadata[path]
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    const inner = metadata[path.slice(0, dot)]
    const key = path.slice(dot + 1)
    if (isObject(inner) && Object.hasOwn(inner, key)) return inner[key]
  }
  return undefined
}

/** Fields by which the runs fall into at least two parts, one of which has more than a single run. */
export function dividers(experiments: readonly Experiment[], datasets: readonly Dataset[]): Divider[] {
  const metadata = new Set<string>()
  for (const one of experiments)
    for (const [key, value] of Object.entries(one.metadata ?? {}))
      if (isObject(value)) for (const inner of Object.keys(value)) metadata.add(`${METADATA}${key}.${inner}`)
      else metadata.add(METADATA + key)
  return [...metadata, ...Object.keys(FIELDS)]
    .filter((id) => {
      const counts = new Map<string, number>()
      for (const one of experiments)
        for (const key of keysOf(one, id, datasets)) counts.set(key, (counts.get(key) ?? 0) + 1)
      return counts.size > 1 && [...counts].some(([key, runs]) => key !== WITHOUT && runs > 1)
    })
    .slice(0, MOST_FIELDS)
    .map(dividerOf)
}

const WITHOUT = ''

function keysOf(one: Experiment, id: string, datasets: readonly Dataset[]): string[] {
  const keys = valuesBy(one, id, datasets).map(({ key }) => key)
  return keys.length ? keys : [WITHOUT]
}

/** The runs by value: those of most runs, named in their order, and the names of the values left out. */
export function partsBy(rows: readonly ExperimentRow[], id: string, datasets: readonly Dataset[]): Parts {
  const parts = new Map<string, Part>()
  const without: Part = { key: WITHOUT, label: dividerOf(id).without, rows: [] }
  for (const row of rows) {
    const values = valuesBy(row.experiment, id, datasets)
    if (values.length === 0) without.rows.push(row)
    for (const { key, label } of values) {
      const part = parts.get(key) ?? { key, label, rows: [] }
      part.rows.push(row)
      parts.set(key, part)
    }
  }
  const byRuns = [...parts.values()].toSorted((a, b) => b.rows.length - a.rows.length)
  return {
    shown: byRuns.slice(0, MOST_PARTS).toSorted(byLabel),
    without: without.rows.length ? without : null,
    more: byRuns.slice(MOST_PARTS).map(({ label }) => label),
  }
}

function byLabel(a: Part, b: Part): number {
  return a.label.localeCompare(b.label, undefined, { numeric: true })
}
