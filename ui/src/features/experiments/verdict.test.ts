import { describe, expect, it } from 'vitest'
import type { Case, ComparedItem } from '@/api/types'
import { caseStatus, explain, intervalText, movement, plotScale, splitMetrics, toneOf } from './verdict'

const item = (extra: Partial<ComparedItem>): ComparedItem => ({
  name: 'x',
  unit: '',
  direction: 'higher',
  mean: 0.5,
  interval: [0.4, 0.6],
  n: 10,
  nulls: 0,
  missing: 0,
  coverage: 1,
  baseline_mean: 0.4,
  baseline_interval: null,
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
    expect(explain(item({ verdict: 'inconclusive' }))).toContain('cannot tell')
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
