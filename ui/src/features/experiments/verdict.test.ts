import { describe, expect, it } from 'vitest'
import type { Case, ComparedItem, Plan } from '@/api/types'
import { attempts } from './case-grid'
import { dotsOf } from './case-plot'
import { extent, ticks } from './scatter'
import { slicePaths } from './slices'
import {
  basis,
  caseStatus,
  explain,
  inShort,
  intervalText,
  movement,
  plotScale,
  power,
  roundUp,
  splitMetrics,
  toneOf,
} from './verdict'

const item = (extra: Partial<ComparedItem>): ComparedItem => ({
  name: 'x',
  unit: '',
  direction: 'higher',
  mean: 0.5,
  interval: [0.4, 0.6],
  interval_method: 'wilson',
  n: 10,
  nulls: 0,
  missing: 0,
  coverage: 1,
  baseline_mean: 0.4,
  baseline_interval: null,
  baseline_interval_method: 'none',
  baseline_coverage: 1,
  diff: 0.1,
  diff_interval: [0.02, 0.18],
  p: 0.01,
  p_raw: 0.01,
  method: null,
  paired: true,
  effect: 0.4,
  detectable: 0.05,
  margin: 0.01,
  verdict: 'better',
  improvements: 5,
  regressions: 1,
  unchanged: 4,
  pairs: 10,
  units: 10,
  ...extra,
})

describe('verdicts', () => {
  it('colour evidence only', () => {
    expect([
      toneOf('better'),
      toneOf('worse'),
      toneOf('equivalent'),
      toneOf('inconclusive'),
      toneOf(null),
    ]).toEqual(['better', 'worse', 'unsure', 'unsure', 'unsure'])
  })

  it('explain themselves', () => {
    expect(explain(item({}))).toContain('Chance is an unlikely reason')
    const within = item({ verdict: 'inconclusive', diff_interval: [-0.1, 0.3] })
    expect(explain(within)).toContain('cannot tell')
    expect(power(within, undefined)).toContain('can show')
    const corrected = item({ verdict: 'inconclusive', diff_interval: [0.02, 0.3] })
    expect(explain(corrected)).toContain('to be expected by chance')
    expect(power(corrected, undefined)).toContain('not after the correction')
    expect(explain(item({}), 0.999)).toContain('99.9 % interval +0.02 … +0.18')
    expect(explain(item({ verdict: 'equivalent', margin: 0.2 }))).toContain('within ± 0.20')
    expect(basis(item({ n: 34, nulls: 4, missing: 2, coverage: 0.85 }))).toContain(
      '6 without (4 scored null): coverage 85 %',
    )
    expect(intervalText(item({}))).toBe('+0.02 … +0.18')
    expect(intervalText(item({ diff: null, diff_interval: null }))).toBe('0.40 … 0.60')
  })

  it('keep zero in the middle of the plot and everything inside', () => {
    const scale = plotScale({ diff: -0.3, diff_interval: [-0.5, -0.1], detectable: 0.2 })
    expect(scale(0)).toBe(50)
    expect(scale(-0.5)).toBeGreaterThan(0)
    expect(scale(0.2)).toBeLessThan(100)
    expect(plotScale({ diff: 0, diff_interval: null, detectable: null })(0)).toBe(50)
  })
})

const plan = (cases_needed: number | null, difference = 0.03): Plan => ({
  scores: [{ name: 'x', basis: 'pairs', detectable: 0.09, difference, cases_needed, text: '' }],
  forecast: { cases: 120, trials: 1, cost: null, seconds: null },
})

describe('what more cases would show', () => {
  it('is said where the run is too small for the difference', () => {
    expect(power(item({ detectable: 0.09 }), plan(1153))).toBe(
      'can show 0.09 or more; 0.03 needs about 1,100 more cases',
    )
    expect(power(item({ detectable: 0.02 }), plan(50))).toBe('can show 0.02 or more')
    expect(power(item({ detectable: 0.09 }), plan(null))).toBe('can show 0.09 or more')
    expect(power(item({ detectable: 0.09 }), undefined)).toBe('can show 0.09 or more')
    expect(power(item({ diff: null }), plan(1153))).toBe('')
  })

  it('is rounded up to two digits', () => {
    expect([0, 7, 42, 101, 1033, 98_400].map(roundUp)).toEqual([0, 7, 42, 110, 1100, 99_000])
  })
})

const value = (delta: number) => ({ value: 1, baseline: 1 - delta, delta })

describe('cases', () => {
  const base = { output: '', error: null, root_span_id: null, row_id: null }
  const make = (scores: Case['scores'], extra: Partial<Case> = {}): Case => ({
    key: 'k',
    input: '',
    expected: null,
    output: '',
    error: null,
    scores,
    metrics: {},
    trials: 1,
    root_span_id: 'r',
    row_id: 'i',
    baseline: base,
    tags: null,
    metadata: null,
    cluster: null,
    flaky: false,
    runs: [],
    others: [],
    ...extra,
  })
  const directions = new Map([
    ['up', 'higher' as const],
    ['down', 'lower' as const],
  ])

  it('respect the direction of a score', () => {
    expect(movement(value(0.2), 'higher')).toBe('better')
    expect(movement(value(0.2), 'lower')).toBe('worse')
    expect(movement(value(0), 'higher')).toBeNull()
  })

  it('have an attempt for each experiment', () => {
    const other = {
      output: 'c',
      error: null,
      root_span_id: 'o',
      row_id: 'x',
      scores: { up: 0.5 },
      metrics: {},
    }
    const one = make({ up: value(0.25) }, { others: [other, null] })
    expect(attempts(one).map((side) => side?.scores['up'])).toEqual([1, 0.75, 0.5, undefined])
    expect(attempts(make({}, { baseline: null }))[1]).toBeNull()
  })

  it('are dots where both numbers exist', () => {
    const one = make({ up: value(0.5) }, { metrics: { 'a.b': { value: 3, baseline: null, delta: null } } })
    expect(dotsOf([one, make({ up: value(0) })], 'metrics.a.b', 'scores.up')).toMatchObject([
      { key: 'r', x: 3, y: 1 },
    ])
    expect(extent([2, 2])[0]).toBeLessThan(2)
    expect(extent([])).toEqual([0, 1])
    expect(ticks(-0.04, 1.04)).toEqual([0, 0.5, 1])
    expect(ticks(98, 141)).toEqual([100, 110, 120, 130, 140])
  })

  it('can be grouped by plain fields only', () => {
    const one = make(
      {},
      { metadata: { tier: 'pro', nested: {}, 'a b': 1 }, input: { lang: 'de', text: 'x'.repeat(80) } },
    )
    expect(slicePaths([one])).toEqual(['metadata.tier', 'input.lang'])
    expect(slicePaths([make({}, { metadata: { tier: 'pro' }, tags: ['slow'] })])[0]).toBe('tags')
    expect(slicePaths([make({}, { metadata: { tier: 'pro' } })])).toEqual(['input', 'metadata.tier'])
  })

  it('have one status', () => {
    expect(caseStatus(make({ up: value(1) }), directions).label).toBe('improved')
    expect(caseStatus(make({ down: value(1) }), directions).label).toBe('regressed')
    expect(caseStatus(make({ up: value(1), down: value(1) }), directions).label).toBe('mixed')
    expect(caseStatus(make({ up: value(0) }), directions).label).toBe('same')
    expect(caseStatus(make({}, { baseline: null }), directions).label).toBe('unmatched')
    expect(caseStatus(make({}, { error: 'boom' }), directions).label).toBe('error')
  })
})

it('shows duration, tokens and cost first', () => {
  const metrics = ['tool_calls', 'estimated_cost', 'total_tokens', 'start', 'duration', 'llm_duration'].map(
    (name) => item({ name }),
  )
  expect(splitMetrics(metrics).first.map((m) => m.name)).toEqual([
    'duration',
    'total_tokens',
    'estimated_cost',
  ])
  expect(splitMetrics(metrics).rest.map((m) => m.name)).toEqual(['llm_duration', 'tool_calls'])
})

it('says in short what has which verdict, of metrics those that are on show', () => {
  const scores = [item({ name: 'Variety' }), item({ name: 'Length', verdict: 'inconclusive' })]
  const metrics = [
    item({ name: 'estimated_cost', verdict: 'worse' }),
    item({ name: 'duration', verdict: null }),
    item({ name: 'tool_calls', verdict: 'worse' }),
  ]
  expect(inShort({ scores, metrics })).toEqual({
    better: ['Variety'],
    inconclusive: ['Length'],
    worse: ['Cost per case'],
  })
  expect(inShort({ scores: [], metrics: [] })).toEqual({})
})
