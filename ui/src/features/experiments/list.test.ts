import { describe, expect, it } from 'vitest'
import type { Experiment, Verdict } from '@/api/types'
import { exportSql } from './api'
import { changesIn } from './changed'
import { againCode, compareCode, exportCode, listCode } from './code'
import { parametersOf, scoresOf, type ExperimentRow } from './experiment-columns'
import { inOrder, needsAll } from './experiment-order'
import { listed } from './experiments-page'
import { helps, keyPaths } from './key-choice'
import { front } from './pareto'
import { overall } from './score-cells'
import { partOf, valueOf } from './slices'

const ORIGIN = 'http://assay.test'

function experiment(changes: Partial<Experiment>): Experiment {
  return { id: 'e1', project_id: 'p1', name: 'run', created: '2026-01-01T00:00:00Z', ...changes }
}

describe('the list', () => {
  const all = [
    experiment({ name: 'Nightly' }),
    experiment({ name: 'other', tags: ['nightly'] }),
    experiment({ name: 'third', repo_info: { branch: 'fix/nightly' } }),
    experiment({ name: 'old', archived: true }),
  ]
  const names = (shown: Parameters<typeof listed>[1]): string[] => listed(all, shown).map(({ name }) => name)

  it('leaves out what is archived, or shows only that', () => {
    expect(names({})).toEqual(['Nightly', 'other', 'third'])
    expect(names({ archived: '1' })).toEqual(['old'])
  })

  it('finds words in names, tags and branches', () => {
    expect(names({ q: 'nightly' })).toEqual(['Nightly', 'other', 'third'])
    expect(names({ q: 'fix/' })).toEqual(['third'])
    expect(names({ q: 'old' })).toEqual([])
  })
})

it('writes every value of a slice into the address and reads it back', () => {
  for (const value of [null, 'gold', '-', '--', '-x', 'a b']) expect(valueOf(partOf(value))).toBe(value)
})

describe('code', () => {
  const again = { project: 'it\'s "p"', dataset: undefined, scores: ['S', 'two\nlines'] }

  it('compares with every baseline, the command line with the main one', () => {
    const compared = {
      project: 'p',
      experiment: { id: 'e1', name: 'new run' },
      baselines: [
        { id: 'e2', name: 'old' },
        { id: 'e3', name: 'older' },
      ],
      slice: 'metadata.tier',
    }
    expect(compareCode('cli', compared, ORIGIN)).toBe(`assay experiments compare 'new run' 'old' -p 'p'\n`)
    expect(compareCode('curl', compared, ORIGIN)).toContain(
      '/v1/experiment/e1/compare?to=e2&to=e3&slice=metadata.tier',
    )
    expect(compareCode('python', { ...compared, baselines: [] }, ORIGIN)).toContain('compare?to=none')
  })

  it('takes the commit up again, or the version of the dataset', () => {
    const run = experiment({ repo_info: { commit: 'c0ffee' }, dataset_version: '12' })
    expect(againCode('cli', { ...again, experiment: run })).toBe(
      "git checkout 'c0ffee'\nassay eval . --base 'run'\n",
    )
    const code = againCode('python', { ...again, experiment: run, dataset: 'cases' })
    expect(code).toContain('init_dataset("it\'s \\"p\\"", "cases", version="12")')
    expect(code).toContain('was scored by S, two lines')
    expect(againCode('python', { ...again, experiment: run })).toContain('data=BaseExperiment("run")')
  })

  it('lists and exports', () => {
    expect(listCode('cli', { id: 'p1', name: 'p' }, true, ORIGIN)).toBe(
      "assay experiments list -p 'p' --archived\n",
    )
    const query = exportSql('e1', 'csv', ['Fit'], [{ name: 'Best', sql: 'scores.A' }])
    expect(query).toContain('scores.Fit AS "scores.Fit", scores.A AS "scores.Best", metrics')
    expect(exportCode('curl', 'p', { name: 'run' }, query, ORIGIN)).toContain(`${ORIGIN}/btql`)
    const lines = exportSql('e1', 'jsonl', ['Fit'], [{ name: 'Fit', sql: 'scores.A' }])
    expect(lines, 'a logged score keeps its name, and is in `scores` already').not.toContain(' AS ')
  })
})

function row(name: string, mean: number | null, changes: Partial<Experiment> = {}): ExperimentRow {
  const scores = mean === null ? [] : [{ name: 'Fit', mean, verdict: null }]
  const comparison = { scores, metrics: [], warnings: [], totals: { cases: 1, task: { cost: mean } } }
  return { experiment: experiment({ name, ...changes }), comparison: comparison as never, failed: false }
}

describe('order', () => {
  const rows = [row('a', 0.2), row('b', null), row('c', 0.9), row('d', 0.2)]
  const names = (o?: string): string =>
    inOrder(rows, o)
      .map((one) => one.experiment.name)
      .join('')

  it('puts what has no value last, and leaves equals as they were', () => {
    expect([names('-scores.Fit'), names('scores.Fit'), names('-name')]).toEqual(['cadb', 'adcb', 'dcba'])
    expect(names('scores.Gone')).toBe('abcd')
    expect([needsAll('-cost'), needsAll('name'), needsAll(undefined)]).toEqual([true, false, false])
  })
})

const of = (...verdicts: (Verdict | null)[]) => overall(verdicts.map((verdict) => ({ verdict })))

describe('columns', () => {
  it('are the scores of most runs first, and the parameters that differ', () => {
    const rare = row('x', null)
    rare.comparison!.scores = [{ name: 'Rare', mean: 1 } as never]
    expect(scoresOf([rare, row('a', 1), row('b', 1)])).toEqual(['Fit', 'Rare'])
    const rows = [
      row('a', 1, { metadata: { model: 'x', same: 1, deep: { a: 1 } } }),
      row('b', 1, { metadata: { model: 'y', same: 1, deep: { a: 2 } } }),
    ]
    expect(parametersOf(rows)).toEqual(['model'])
  })

  it('say one verdict over all scores', () => {
    expect(of('better', 'inconclusive', 'equivalent')).toBe('better')
    expect(of('better', 'worse')).toBe('mixed')
    expect(of('equivalent', 'inconclusive')).toBe('inconclusive')
    expect([of('equivalent'), of(null), of()]).toEqual(['equivalent', null, null])
  })
})

describe('what makes means answer different questions', () => {
  const before = row('a', 1, { id: 'a', dataset_id: 'd', dataset_version: '1' })
  const changed = (now: ExperimentRow, score = 'Fit'): string => changesIn([now, before], score)(before, now)
  /** A run compared with a baseline, whose scorer differs from it as told. */
  const against = (id: string, base: string, told?: string): ExperimentRow => {
    const made = row(id, 1, { id })
    Object.assign(made.comparison!, {
      baseline: { id: base },
      scores: [{ name: 'Fit', mean: 1, baseline_mean: 1, verdict: null }],
      warnings: told
        ? [{ code: 'scorer_version_differs', message: `It changed: OutFit (7 → 8), Fit (${told}).` }]
        : [],
    })
    return made
  }

  it('is another dataset, or another version of it', () => {
    expect(changed(row('b', 1, { id: 'b', dataset_id: 'd', dataset_version: '1' }))).toBe('')
    expect(changed(row('b', 1, { id: 'b', dataset_id: 'd', dataset_version: '2' }))).toBe(
      'the dataset changed',
    )
    expect(changed(row('b', 1, { id: 'b', dataset_id: 'e' }))).toBe('another dataset')
    expect(changed(row('b', 1, { id: 'b' })), 'unknown is no change').toBe('')
  })

  it('is another scorer, of this score alone', () => {
    const now = against('b', 'a', '1 → 2')
    expect([changed(now), changed(now, 'Other'), changed(now, 'OutFit')]).toEqual([
      'the scorer changed',
      '',
      'the scorer changed',
    ])
  })

  it('is told by any two runs, whichever baselines they were compared with', () => {
    const runs = [
      against('d', 'c'),
      against('c', 'a', '1 → 2'),
      against('b', 'a'),
      against('late', 'a', '1 → 2'),
      row('a', 1, { id: 'a' }),
      row('alone', 1, { id: 'alone' }),
    ]
    const between = (from: string, to: string): string => {
      const find = (id: string): ExperimentRow => runs.find((one) => one.experiment.id === id)!
      return changesIn(runs, 'Fit')(find(from), find(to))
    }
    expect(between('b', 'd'), 'neither was compared with the other').toBe('the scorer changed')
    expect(between('c', 'd')).toBe('')
    expect(between('c', 'late'), 'both differ from a pinned baseline, in the same way').toBe('')
    expect(between('a', 'b')).toBe('')
    expect(between('alone', 'c'), 'unknown is no change').toBe('')
  })
})

const axis = (better?: 'higher' | 'lower') => ({ id: '', name: '', unit: '', ...(better ? { better } : {}) })

it('joins the runs that no other beats on both numbers', () => {
  const dots = [
    { key: 'cheap', label: '', x: 1, y: 0.5 },
    { key: 'good', label: '', x: 3, y: 0.9 },
    { key: 'beaten', label: '', x: 4, y: 0.8 },
    { key: 'poor', label: '', x: 2, y: 0.4 },
    { key: 'twin', label: '', x: 3, y: 0.9 },
  ]
  const keys = (x: ReturnType<typeof axis>, y: ReturnType<typeof axis>) =>
    front(dots, x, y).map((dot) => dot.key)
  expect(keys(axis('lower'), axis('higher'))).toEqual(['cheap', 'good', 'twin'])
  expect(keys(axis('higher'), axis('higher'))).toEqual(['twin', 'good', 'beaten'])
  expect(keys(axis(), axis('higher'))).toEqual([])
})

describe('what could pair cases', () => {
  it('is the dataset row, then fields, those like ids first', () => {
    const cases = [{ input: { text: 'x', ticket_id: 1 }, metadata: { 'not a path!': 1, topic: 'a' } }]
    expect(keyPaths(cases, 'input')).toEqual(['origin.id', 'input.ticket_id', 'metadata.topic', 'input.text'])
    expect(keyPaths(cases, 'origin.id')[0]).toBe('input')
  })

  it('helps when more cases find a partner and none fall together', () => {
    const now = { total: 10, matched: 4, only_experiment: 6, only_baseline: 6 }
    expect(helps({ ...now, matched: 9 }, now)).toBe(true)
    expect(helps(now, now)).toBe(false)
    expect(helps({ ...now, total: 3, matched: 3 }, now)).toBe(false)
    expect(helps(undefined, now)).toBe(false)
  })
})
