import { describe, expect, it } from 'vitest'
import type { Dataset, Experiment } from '@/api/types'
import { experimentsShown } from '@/lib/search-params'
import { dividerOf, dividers, MOST_PARTS, partsBy } from './divide'
import type { ExperimentRow } from './experiment-columns'

const DATASETS = [
  { id: 'd1', name: 'easy' },
  { id: 'd2', name: 'hard' },
] as Dataset[]

let made = 0
function run(changes: Partial<Experiment>): Experiment {
  made += 1
  return { id: `e${made}`, project_id: 'p', name: `run ${made}`, created: '2026-01-01T00:00:00Z', ...changes }
}

const rowsOf = (runs: readonly Experiment[]): ExperimentRow[] =>
  runs.map((experiment) => ({ experiment, comparison: null, failed: false }))

/** "label: number of runs" of each line, then those without, then what is left out. */
function lines(runs: readonly Experiment[], by: string): string[] {
  const { shown, without, more } = partsBy(rowsOf(runs), by, DATASETS)
  const parts = [...shown, ...(without ? [without] : [])]
  return [
    ...parts.map(({ label, rows }) => `${label}: ${rows.length}`),
    ...more.map((label) => `not ${label}`),
  ]
}

describe('fields that divide runs', () => {
  it('tell them apart, and have a value of several runs', () => {
    const runs = [
      run({
        metadata: { model: 'a', seed: 1, same: 'x', deep: { temperature: 0, list: [1] } },
        tags: ['nightly'],
      }),
      run({ metadata: { model: 'b', seed: 2, same: 'x', deep: { temperature: 0.5 } }, dataset_id: 'd1' }),
      run({ metadata: { model: 'a', seed: 3, same: 'x', deep: { temperature: 0.5 } }, dataset_id: 'd1' }),
    ]
    expect(dividers(runs, DATASETS).map(({ id }) => id)).toEqual([
      'metadata.model',
      'metadata.deep.temperature',
      'dataset',
    ])
    expect(dividers([], DATASETS)).toEqual([])
  })

  it('are kept in the address and in views', () => {
    expect(experimentsShown({ by: 'metadata.model' }).by).toBe('metadata.model')
  })
})

describe('runs by value', () => {
  it('are a line each, those without the field in one of their own', () => {
    const runs = [
      run({ metadata: { model: 'small 10' } }),
      run({ metadata: { model: 'small 2' } }),
      run({ metadata: { model: 'small 2' } }),
      run({ metadata: { model: null } }),
      run({}),
    ]
    expect(lines(runs, 'metadata.model')).toEqual(['small 2: 2', 'small 10: 1', 'without model: 2'])
    expect(lines(runs, 'metadata.nowhere')).toEqual(['without nowhere: 5'])
    expect(lines(runs, 'what is this?')).toEqual(['without what is this?: 5'])
  })

  it('read plain values, keys with dots and one level of objects', () => {
    const runs = [
      run({ metadata: { 'a.b': 0 } }),
      run({ metadata: { a: { b: false } } }),
      run({ metadata: { a: { b: { c: 1 } } } }),
      run({ metadata: { a: { b: '' } } }),
    ]
    expect(lines(runs, 'metadata.a.b')).toEqual(['0: 1', 'false: 1', 'without a.b: 2'])
  })

  it('know tags, branches, commits, datasets and their versions', () => {
    const runs = [
      run({ tags: ['x', 'y', 'x'], repo_info: { branch: 'main', commit: 'c0ffee1234' }, dataset_id: 'd1' }),
      run({ tags: ['y'], commit: 'c0ffee1234', dataset_id: 'd2', dataset_version: '1000000007' }),
      run({ tags: [], dataset_id: 'gone-dataset', dataset_version: '7' }),
    ]
    expect(lines(runs, 'tags'), 'a run with two tags is in two lines').toEqual([
      'x: 1',
      'y: 2',
      'without a tag: 1',
    ])
    expect(lines(runs, 'branch')).toEqual(['main: 1', 'without a branch: 2'])
    expect(lines(runs, 'commit')).toEqual(['c0ffee1: 2', 'without a commit: 1'])
    expect(lines(runs, 'dataset')).toEqual(['easy: 1', 'gone-dat: 1', 'hard: 1'])
    expect(lines(runs, 'dataset_version')).toEqual([
      'gone-dat v7: 1',
      'hard v000007: 1',
      'without a version of a dataset: 1',
    ])
    expect(dividerOf('branch').label).toBe('branch')
  })

  it('are bounded: values of few runs are named, not drawn', () => {
    const runs = Array.from({ length: MOST_PARTS + 2 }, (_, i) => run({ metadata: { model: `m${i}` } }))
    const often = run({ metadata: { model: `m${MOST_PARTS + 1}` } })
    const found = lines([...runs, often], 'metadata.model')
    expect(found).toHaveLength(MOST_PARTS + 2)
    expect(found).toContain(`m${MOST_PARTS + 1}: 2`)
    expect(found.slice(MOST_PARTS)).toEqual([`not m${MOST_PARTS - 1}`, `not m${MOST_PARTS}`])
  })
})
