import { describe, expect, it } from 'vitest'
import type { Experiment } from '@/api/types'
import { againCode, compareCode, exportCode, listCode } from './code'
import { listed } from './experiments-page'
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
    expect(exportCode('curl', 'p', { id: 'e1', name: 'run' }, ORIGIN)).toContain(`${ORIGIN}/btql`)
  })
})
